package dev.sluice.observe;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What the metrics show of rate limits. From any thread. */
public final class RateLimitCounters implements MultiCollector {

    private static final String POLICY = "policy";

    private final Map<String, LongAdder> limited = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> unanswered = new ConcurrentHashMap<>();
    private final Map<String, Boolean> degraded = new ConcurrentHashMap<>();

    /**
     * Counts requests that were turned away.
     *
     * @param policy the RateLimit's {@code namespace/name}
     */
    public void limited(String policy, long requests) {
        limited.computeIfAbsent(policy, name -> new LongAdder()).add(requests);
    }

    /** Counts a lease that the owner of its key did not give in time. */
    public void unanswered(String policy) {
        unanswered.computeIfAbsent(policy, name -> new LongAdder()).increment();
    }

    /** Whether a policy of the cluster does without it now. */
    public void degraded(String policy, boolean isDegraded) {
        degraded.put(policy, isDegraded);
    }

    @Override
    public MetricSnapshots collect() {
        GaugeSnapshot.Builder alone = Figures.gauge(
                "gateway_rate_limit_degraded", "Whether a RateLimit of the cluster does without it, by policy");
        degraded.forEach(
                (policy, isDegraded) -> alone.dataPoint(Figures.level(Labels.of(POLICY, policy), isDegraded ? 1 : 0)));
        return new MetricSnapshots(
                counter("gateway_rate_limited", "Requests turned away by a RateLimit, by policy", limited),
                counter(
                        "gateway_rate_limit_unanswered",
                        "Leases of a RateLimit that the owner of their key did not give in time, by policy",
                        unanswered),
                alone.build());
    }

    private static CounterSnapshot counter(String name, String help, Map<String, LongAdder> counts) {
        CounterSnapshot.Builder counter = Figures.counter(name, help);
        counts.forEach((policy, count) -> counter.dataPoint(Figures.count(Labels.of(POLICY, policy), count.sum())));
        return counter.build();
    }
}
