package dev.sluice.observe;

import dev.sluice.failure.Failure;
import dev.sluice.failure.ProtocolError;
import dev.sluice.failure.RetryReason;
import dev.sluice.filter.CloseReason.Cause;
import dev.sluice.stream.Flood;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;

/** The figures of all loops, added up when Prometheus asks. */
final class LoopMetrics implements MultiCollector {

    private static final double NANOS_PER_SECOND = 1e9;
    private static final String TOTAL = "_total";

    /** Bounds of the buckets in seconds, the last being infinite. */
    private static final double[] BOUNDS = DurationBuckets.bounds();

    private final List<Loop> loops = new CopyOnWriteArrayList<>();

    private record Loop(LoopCounters counters, LoopHistograms histograms) {}

    void add(LoopCounters counters, LoopHistograms histograms) {
        loops.add(new Loop(counters, histograms));
    }

    /** The ended requests to a backend. */
    BackendCount backend(String name) {
        long ended = 0;
        long failed = 0;
        for (Loop loop : loops) {
            DurationTable table = loop.histograms().backends().get(name);
            if (table != null) {
                for (int row = 0; row < LoopHistograms.CLASSES.size(); row++) {
                    long count = 0;
                    for (int bucket = 0; bucket < DurationBuckets.COUNT; bucket++) {
                        count += table.count(row, bucket);
                    }
                    ended += count;
                    failed += LoopHistograms.isFailure(row) ? count : 0;
                }
            }
        }
        return new BackendCount(ended, failed);
    }

    @Override
    public MetricSnapshots collect() {
        MetricSnapshots.Builder snapshots = MetricSnapshots.builder();
        for (Metric metric : Metric.values()) {
            long sum = loops.stream()
                    .mapToLong(loop -> loop.counters().get(metric))
                    .sum();
            snapshots.metricSnapshot(
                    metric.kind() == Metric.Kind.COUNTER
                            ? counter(metric.exposedName(), metric.help())
                                    .dataPoint(Figures.count(Labels.EMPTY, sum))
                                    .build()
                            : gauge(metric.exposedName(), metric.help(), sum));
        }
        snapshots.metricSnapshot(gauge("gateway_event_loops", "Event loops that report", loops.size()));
        snapshots.metricSnapshot(failures());
        snapshots.metricSnapshot(upstreamResets());
        snapshots.metricSnapshot(retries());
        snapshots.metricSnapshot(connectionsClosed());
        snapshots.metricSnapshot(floods());
        downstream(snapshots);
        upstream(snapshots);
        queue(snapshots);
        return snapshots.build();
    }

    private CounterSnapshot failures() {
        CounterSnapshot.Builder failures = counter("gateway_failures_total", "Exchanges that failed, by cause");
        for (Failure failure : Failure.values()) {
            long sum = loops.stream()
                    .mapToLong(loop -> loop.histograms().failures(failure))
                    .sum();
            if (sum > 0) {
                Labels labels = Labels.of(
                        "failure", failure.name().toLowerCase(Locale.ROOT),
                        "flag", failure.flag(),
                        "error", failure.error());
                failures.dataPoint(Figures.count(labels, sum));
            }
        }
        return failures.build();
    }

    private CounterSnapshot upstreamResets() {
        Map<ProtocolError, Long> sums = new HashMap<>();
        loops.forEach(
                loop -> loop.histograms().resets().forEach((error, count) -> sums.merge(error, count, Long::sum)));
        CounterSnapshot.Builder resets =
                counter("gateway_upstream_resets_total", "Streams that upstreams reset, by their code");
        sums.forEach((error, count) -> resets.dataPoint(Figures.count(
                Labels.of(
                        "protocol", error.protocol().label(),
                        "code", error.name(),
                        "phase", error.phase().name().toLowerCase(Locale.ROOT)),
                count)));
        return resets.build();
    }

    private CounterSnapshot retries() {
        CounterSnapshot.Builder retries =
                counter("gateway_upstream_retries_total", "Requests that were tried again, by what had failed");
        for (RetryReason reason : RetryReason.values()) {
            long sum = loops.stream()
                    .mapToLong(loop -> loop.histograms().retries(reason))
                    .sum();
            retries.dataPoint(Figures.count(Labels.of("reason", reason.label()), sum));
        }
        return retries.build();
    }

    private CounterSnapshot connectionsClosed() {
        CounterSnapshot.Builder closed =
                counter("gateway_downstream_connections_closed_total", "Client connections that ended, by reason");
        for (Cause cause : Cause.values()) {
            long sum = loops.stream()
                    .mapToLong(loop -> loop.histograms().connectionsClosed(cause))
                    .sum();
            closed.dataPoint(Figures.count(Labels.of("reason", cause.name().toLowerCase(Locale.ROOT)), sum));
        }
        return closed.build();
    }

    private CounterSnapshot floods() {
        CounterSnapshot.Builder floods = counter(
                "gateway_downstream_floods_total", "Client connections cut for sending too much of one kind, by kind");
        for (Flood kind : Flood.values()) {
            long sum = loops.stream()
                    .mapToLong(loop -> loop.histograms().floods(kind))
                    .sum();
            floods.dataPoint(Figures.count(Labels.of("kind", kind.label()), sum));
        }
        return floods.build();
    }

    private void downstream(MetricSnapshots.Builder snapshots) {
        List<DurationTable> tables =
                loops.stream().map(loop -> loop.histograms().downstream()).toList();
        Durations durations = new Durations();
        for (int protocol = 0; protocol < LoopHistograms.PROTOCOLS.size(); protocol++) {
            for (int code = 0; code < LoopHistograms.CLASSES.size(); code++) {
                Labels labels = Labels.of(
                        "protocol", LoopHistograms.PROTOCOLS.get(protocol),
                        "code_class", LoopHistograms.CLASSES.get(code));
                durations.add(labels, tables, LoopHistograms.downstreamRow(protocol, code));
            }
        }
        durations.into(
                snapshots,
                "gateway_downstream_requests_total",
                "Finished exchanges",
                "gateway_downstream_request_duration_seconds",
                "From a request's head to the end of its exchange");
    }

    private void upstream(MetricSnapshots.Builder snapshots) {
        TreeSet<String> backends = new TreeSet<>();
        loops.forEach(loop -> backends.addAll(loop.histograms().backends().keySet()));
        Durations durations = new Durations();
        for (String backend : backends) {
            List<DurationTable> tables = loops.stream()
                    .flatMap(loop -> loop.histograms().backends().entrySet().stream())
                    .filter(entry -> entry.getKey().equals(backend))
                    .map(Map.Entry::getValue)
                    .toList();
            for (int code = 0; code < LoopHistograms.CLASSES.size(); code++) {
                durations.add(
                        Labels.of("backend", backend, "code_class", LoopHistograms.CLASSES.get(code)), tables, code);
            }
        }
        durations.into(
                snapshots,
                "gateway_upstream_requests_total",
                "Exchanges that reached a backend, by its answer",
                "gateway_upstream_request_duration_seconds",
                "From a request's head to the backend's response head, or to the end where none came");
    }

    private void queue(MetricSnapshots.Builder snapshots) {
        Durations durations = new Durations();
        durations.add(
                Labels.EMPTY,
                loops.stream().map(loop -> loop.histograms().queue()).toList(),
                0);
        durations.into(
                snapshots,
                "gateway_upstream_pool_queue_seconds",
                "Time in line of requests that found no free upstream connection and got one");
    }

    /** A counter and a histogram over the same rows. */
    private static final class Durations {

        private final CounterSnapshot.Builder requests = CounterSnapshot.builder();
        private final HistogramSnapshot.Builder durations = HistogramSnapshot.builder();

        /** Adds up one row of every loop; rows without a single request are left out. */
        void add(Labels labels, List<DurationTable> tables, int row) {
            long[] counts = new long[DurationBuckets.COUNT];
            long total = 0;
            double seconds = 0;
            for (DurationTable table : tables) {
                for (int bucket = 0; bucket < counts.length; bucket++) {
                    long count = table.count(row, bucket);
                    counts[bucket] += count;
                    total += count;
                }
                seconds += table.sumNanos(row) / NANOS_PER_SECOND;
            }
            if (total > 0) {
                requests.dataPoint(Figures.count(labels, total));
                durations.dataPoint(HistogramDataPointSnapshot.builder()
                        .labels(labels)
                        .classicHistogramBuckets(ClassicHistogramBuckets.of(BOUNDS, counts))
                        .sum(seconds)
                        .build());
            }
        }

        void into(
                MetricSnapshots.Builder snapshots,
                String requestsName,
                String requestsHelp,
                String durationName,
                String durationHelp) {
            snapshots.metricSnapshot(
                    requests.name(withoutTotal(requestsName)).help(requestsHelp).build());
            into(snapshots, durationName, durationHelp);
        }

        /** The histogram alone. */
        void into(MetricSnapshots.Builder snapshots, String durationName, String durationHelp) {
            snapshots.metricSnapshot(
                    durations.name(durationName).help(durationHelp).build());
        }
    }

    private static GaugeSnapshot gauge(String name, String help, long value) {
        return Figures.gauge(name, help)
                .dataPoint(Figures.level(Labels.EMPTY, value))
                .build();
    }

    private static CounterSnapshot.Builder counter(String exposedName, String help) {
        return Figures.counter(withoutTotal(exposedName), help);
    }

    /** The Prometheus library puts the suffix back. */
    private static String withoutTotal(String name) {
        return name.substring(0, name.length() - TOTAL.length());
    }
}
