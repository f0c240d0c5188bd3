package dev.sluice.grpc;

import dev.sluice.config.Defaults;
import dev.sluice.observe.DurationBuckets;
import dev.sluice.observe.Figures;
import dev.sluice.spi.CallCount;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What gRPC calls come to, by service and method, in the names of {@code go-grpc-prometheus}. Safe for use by several threads.
 *
 * <p>A method has figures of its own once an upstream has answered it with a message or with OK; all else is counted as
 * {@code other}. So paths that somebody makes up, which upstreams refuse, leave nothing behind.
 */
public final class GrpcMetrics implements MultiCollector {

    /** Service and method of what has no figures of its own. */
    static final String OTHER = "other";

    private static final double[] BOUNDS = DurationBuckets.bounds();

    private final ConcurrentHashMap<String, GrpcMethod> byPath = new ConcurrentHashMap<>();
    private final GrpcMethod other = new GrpcMethod(OTHER, OTHER);
    private final LongAdder missingStatus = new LongAdder();

    /**
     * All methods that have figures, in no order; {@code other} among them once it has any.
     *
     * @param nanoTime the monotonic clock now
     */
    public List<CallCount> methods(long nanoTime) {
        List<CallCount> shown = new ArrayList<>();
        for (GrpcMethod method : figures()) {
            long failed = 0;
            for (GrpcStatus status : GrpcStatus.values()) {
                failed += status == GrpcStatus.OK ? 0 : method.handled(status);
            }
            shown.add(new CallCount(
                    method.service(),
                    method.name(),
                    method.started(),
                    method.handled(GrpcStatus.OK),
                    failed,
                    method.messagesReceived(),
                    method.messagesSent(),
                    nanoTime - method.lastStartedNanos()));
        }
        return shown;
    }

    /** The method's own figures; null when it has none. */
    @Nullable
    GrpcMethod known(String path) {
        return byPath.get(path);
    }

    GrpcMethod other() {
        return other;
    }

    /** The figures of a method that an upstream has answered well, from now on its own if there is room for them. */
    GrpcMethod answered(String path) {
        GrpcMethod method = byPath.get(path);
        if (method != null) {
            return method;
        }
        int slash = path.indexOf('/', 1);
        boolean named =
                path.startsWith("/") && slash > 1 && slash < path.length() - 1 && path.indexOf('/', slash + 1) < 0;
        if (!named || path.length() > Defaults.MAX_GRPC_METHOD_CHARS || byPath.size() >= Defaults.MAX_GRPC_METHODS) {
            return other;
        }
        return byPath.computeIfAbsent(
                path, made -> new GrpcMethod(made.substring(1, slash), made.substring(slash + 1)));
    }

    /** An upstream has ended a call without a word on its status. */
    void missingStatus() {
        missingStatus.increment();
    }

    private Collection<GrpcMethod> figures() {
        List<GrpcMethod> all = new ArrayList<>(byPath.values());
        if (other.started() > 0) {
            all.add(other);
        }
        return all;
    }

    @Override
    public MetricSnapshots collect() {
        CounterSnapshot.Builder started = Figures.counter("grpc_server_started", "gRPC calls begun");
        CounterSnapshot.Builder handled = Figures.counter("grpc_server_handled", "gRPC calls ended, by status");
        CounterSnapshot.Builder received =
                Figures.counter("grpc_server_msg_received", "gRPC messages from clients, counted when their call ends");
        CounterSnapshot.Builder sent =
                Figures.counter("grpc_server_msg_sent", "gRPC messages to clients, counted when their call ends");
        HistogramSnapshot.Builder seconds = HistogramSnapshot.builder()
                .name("grpc_server_handling_seconds")
                .help("From a gRPC call's head to its end");
        for (GrpcMethod method : figures()) {
            Labels labels = Labels.of("grpc_method", method.name(), "grpc_service", method.service());
            started.dataPoint(Figures.count(labels, method.started()));
            received.dataPoint(Figures.count(labels, method.messagesReceived()));
            sent.dataPoint(Figures.count(labels, method.messagesSent()));
            for (GrpcStatus status : GrpcStatus.values()) {
                long count = method.handled(status);
                if (count > 0) {
                    handled.dataPoint(Figures.count(labels.merge(Labels.of("grpc_code", status.label())), count));
                }
            }
            seconds.dataPoint(HistogramDataPointSnapshot.builder()
                    .labels(labels)
                    .classicHistogramBuckets(ClassicHistogramBuckets.of(BOUNDS, method.durations()))
                    .sum(method.durationSeconds())
                    .build());
        }
        CounterSnapshot missing = Figures.counter(
                        "gateway_grpc_missing_status", "gRPC calls that upstreams ended without a status")
                .dataPoint(Figures.count(Labels.EMPTY, missingStatus.sum()))
                .build();
        return new MetricSnapshots(
                started.build(), handled.build(), received.build(), sent.build(), seconds.build(), missing);
    }
}
