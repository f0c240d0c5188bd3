package dev.sluice.observe;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Everything that {@code /metrics} shows: the loops' own figures, the state of the configuration, and the JVM. Safe for
 * use by several threads.
 */
public final class GatewayMetrics implements AutoCloseable {

    /** What {@link #scrape()} gives. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final String RELOADS = "gateway.config.reloads";

    private final LoopMetrics loops = new LoopMetrics();
    private final RouteTraffic routes = new RouteTraffic(System::nanoTime);
    private final EndpointMetrics endpoints = new EndpointMetrics();
    private final PrometheusRegistry prometheus = new PrometheusRegistry();
    private final PrometheusMeterRegistry registry;
    private final JvmGcMetrics gc = new JvmGcMetrics();
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong rejected = new AtomicLong();
    private volatile boolean lastReloadSuccessful = true;
    private volatile double lastSuccessSeconds;
    private volatile int penalised;
    private volatile long epoch;

    public GatewayMetrics() {
        prometheus.register(loops);
        prometheus.register(endpoints);
        registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, prometheus, Clock.SYSTEM);
        bindJvm();
        bindConfig();
        Gauge.builder("gateway.downstream.penalised.addresses", () -> penalised)
                .description("Addresses whose HTTP/2 and HTTP/3 connections are cut for their floods")
                .register(registry);
        Gauge.builder("gateway.info", () -> 1)
                .description("What runs here")
                .tag("version", version())
                .tag("java", Runtime.version().toString())
                .register(registry);
    }

    /** A loop's figures count from now on. */
    public void add(LoopCounters counters, LoopHistograms histograms) {
        loops.add(counters, histograms);
        routes.add(histograms);
    }

    /** What has passed by each route lately. */
    public RouteTraffic routes() {
        return routes;
    }

    /** What is turned away counts from now on. */
    public void add(RefusedConnections refused) {
        for (RefusedConnections.Reason reason : RefusedConnections.Reason.values()) {
            FunctionCounter.builder("gateway.downstream.connections.refused", refused, counts -> counts.get(reason))
                    .description("Client connections turned away, by reason")
                    .tag("reason", reason.label())
                    .register(registry);
        }
    }

    /** What the control of upstreams does counts from now on. */
    public void add(UpstreamCounters control) {
        labelled("gateway.dns.resolutions", "Look-ups of backends' names, by result", "result", control.resolutions());
        labelled("gateway.upstream.probes", "Health probes of endpoints, by result", "result", control.probes());
        labelled("gateway.upstream.ejections", "Endpoints left out, by reason", "reason", control.ejections());
    }

    /** How it stands with the cluster is shown from now on. */
    public void add(ClusterCounters cluster) {
        Gauge.builder("gateway.cluster.members", cluster::members)
                .description("Nodes in sight, this one included")
                .register(registry);
        Gauge.builder("gateway.cluster.degraded", () -> cluster.isDegraded() ? 1 : 0)
                .description("Whether less than the majority of the cluster's nodes is in sight")
                .register(registry);
        Gauge.builder("gateway.cluster.config.digests", cluster::configDigests)
                .description("Different configurations in use on the nodes in sight; 1 when all agree")
                .register(registry);
        FunctionCounter.builder("gateway.cluster.refused.connections", cluster, ClusterCounters::refusals)
                .description("Connections whose other end did not prove that it knows the cluster's secret")
                .register(registry);
        for (ClusterCounters.Ignored reason : ClusterCounters.Ignored.values()) {
            FunctionCounter.builder("gateway.cluster.facts.ignored", cluster, counts -> counts.count(reason))
                    .description("What other nodes told or asked and this one did not take, by reason")
                    .tag("reason", reason.label())
                    .register(registry);
        }
    }

    /** What an extension counts is shown from now on. */
    public void add(MultiCollector extension) {
        prometheus.register(extension);
    }

    /** So many endpoints are in each state of health, by backend. */
    public void endpoints(Map<String, Map<String, Integer>> statesByBackend) {
        endpoints.set(statesByBackend);
    }

    /** What requests to a backend have come to, by its name. */
    public BackendCount backend(String name) {
        return loops.backend(name);
    }

    /** A configuration was taken. */
    public void configAccepted(long epochMillis) {
        accepted.incrementAndGet();
        lastReloadSuccessful = true;
        lastSuccessSeconds = epochMillis / 1000.0;
    }

    /** A configuration was refused; the last good one stays. */
    public void configRejected() {
        rejected.incrementAndGet();
        lastReloadSuccessful = false;
    }

    /** The epoch of this number is in use. */
    public void epoch(long number) {
        epoch = number;
    }

    /** So many addresses are penalised now. */
    public void penalised(int addresses) {
        penalised = addresses;
    }

    /** The Prometheus text exposition, format 0.0.4; takes some milliseconds. */
    public String scrape() {
        return registry.scrape();
    }

    /** Stops listening to the garbage collector. */
    @Override
    public void close() {
        gc.close();
        registry.close();
    }

    private void bindJvm() {
        new JvmMemoryMetrics().bindTo(registry);
        gc.bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new JvmInfoMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    private void bindConfig() {
        Gauge.builder("gateway.config.last.reload.successful", () -> lastReloadSuccessful ? 1 : 0)
                .description("Whether the configuration read last is the one in use")
                .register(registry);
        Gauge.builder("gateway.config.last.reload.success.timestamp.seconds", () -> lastSuccessSeconds)
                .description("When the configuration in use was taken, seconds since 1970")
                .register(registry);
        Gauge.builder("gateway.config.epoch", () -> epoch)
                .description("The epoch in use that was pushed to all nodes; 0 for the node's files")
                .register(registry);
        reloads("accepted", accepted);
        reloads("rejected", rejected);
    }

    private void reloads(String result, AtomicLong count) {
        FunctionCounter.builder(RELOADS, count, AtomicLong::get)
                .description("Configurations read, by what became of them")
                .tag("result", result)
                .register(registry);
    }

    private <E extends Enum<E>> void labelled(String name, String help, String label, Map<E, LongAdder> counts) {
        counts.forEach((value, count) -> FunctionCounter.builder(name, count, LongAdder::sum)
                .description(help)
                .tag(label, UpstreamCounters.label(value))
                .register(registry));
    }

    /** The jar's version; {@code development} where classes run without one. */
    public static String version() {
        @Nullable String version = GatewayMetrics.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
