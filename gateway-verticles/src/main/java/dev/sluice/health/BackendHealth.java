package dev.sluice.health;

import dev.sluice.config.Backend;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.HealthCheck;
import dev.sluice.health.EndpointRecord.LastProbe;
import dev.sluice.health.OutlierDetector.Ejection;
import dev.sluice.observe.UpstreamCounters;
import dev.sluice.spi.ResolvedEndpoint;
import dev.sluice.upstream.Endpoint;
import dev.sluice.upstream.EndpointHealth;
import dev.sluice.upstream.EndpointHealth.State;
import dev.sluice.upstream.EndpointReport;
import dev.sluice.upstream.EndpointView;
import io.vertx.core.Vertx;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The endpoints of one backend and how each of them is: what probes say comes first, then what requests have met. */
final class BackendHealth {

    private static final Logger log = LoggerFactory.getLogger(BackendHealth.class);

    private final Vertx vertx;
    private final Clock clock;
    private final UpstreamCounters counters;
    private final ProbeClients clients;
    private final SharedHealth shared;
    private final Runnable changed;
    private final OutlierDetector outliers;
    private Backend backend;
    private UpstreamTerms terms = UpstreamTerms.DEFAULT;
    private Map<Endpoint, Watched> endpoints = new LinkedHashMap<>();
    private @Nullable Long interval;

    /** @param changed called when the health of an endpoint has */
    BackendHealth(
            Vertx vertx,
            Clock clock,
            UpstreamCounters counters,
            ProbeClients clients,
            SharedHealth shared,
            Backend backend,
            Runnable changed) {
        this.vertx = vertx;
        this.clock = clock;
        this.counters = counters;
        this.clients = clients;
        this.shared = shared;
        this.backend = backend;
        this.changed = changed;
        this.outliers = new OutlierDetector(terms.outliers(), clock.millis(), counters::count);
    }

    private static final class Watched {
        private ResolvedEndpoint resolved;
        private EndpointHealth health = EndpointHealth.UNKNOWN;
        private ProbeVerdict verdict = new ProbeVerdict();
        private @Nullable EndpointProbes probes;
        private @Nullable LastProbe lastProbe;
        private boolean draining;
        /** How many probes are over. */
        private long count;
        /** Whether other nodes probe it for this one. */
        private boolean byOthers;

        Watched(ResolvedEndpoint resolved) {
            this.resolved = resolved;
        }
    }

    /** Takes over endpoints and terms; what is known of remaining endpoints stays. */
    void update(Backend freshBackend, UpstreamTerms freshTerms, List<ResolvedEndpoint> resolved) {
        HealthCheck check = freshTerms.healthCheck();
        boolean probedOtherwise = !freshBackend.equals(backend)
                || (check == null ? terms.healthCheck() != null : !check.equals(terms.healthCheck()));
        if (interval == null
                || !freshTerms.outliers().interval().equals(terms.outliers().interval())) {
            stopInterval();
            interval = vertx.setPeriodic(
                    Math.max(1, freshTerms.outliers().interval().toMillis()), id -> intervalOver());
        }
        backend = freshBackend;
        terms = freshTerms;
        Map<Endpoint, Watched> known = endpoints;
        endpoints = new LinkedHashMap<>();
        for (ResolvedEndpoint each : resolved) {
            Endpoint endpoint = new Endpoint(each.name(), each.ip(), each.port());
            Watched watched = known.remove(endpoint);
            if (watched == null) {
                watched = new Watched(each);
            }
            watched.resolved = each;
            endpoints.put(endpoint, watched);
        }
        known.values().forEach(BackendHealth::stopProbes);
        outliers.terms(terms.outliers());
        outliers.endpoints(endpoints.keySet());
        endpoints.forEach((endpoint, watched) -> probe(endpoint, watched, probedOtherwise));
        judge();
    }

    /** What one loop's requests have met. */
    void report(List<EndpointReport> reports) {
        reports.forEach(outliers::report);
        judge();
    }

    /** Does its part of what the cluster's nodes do together, and takes over what the others say. */
    void share() {
        endpoints.forEach((endpoint, watched) -> {
            String name = backend.key() + " " + endpoint.name() + "=" + endpoint.label();
            boolean isEjected = outliers.isEjectedHere(endpoint);
            boolean isUsed = outliers.isUsed(endpoint);
            if (isEjected || isUsed) {
                shared.noteRequests(name, isEjected);
            }
            outliers.vote(endpoint, shared.isVotedOut(name, isUsed, isEjected));
            HealthCheck check = terms.healthCheck();
            if (check != null) {
                // Nodes that probe otherwise, as they may while a configuration is rolled out, do not speak of the
                // same.
                String probe = name + " " + Integer.toHexString((backend.protocol() + " " + check).hashCode());
                share(endpoint, watched, check, probe);
            }
        });
        judge();
    }

    private void share(Endpoint endpoint, Watched watched, HealthCheck check, String probe) {
        SharedHealth.Verdict heard = shared.verdict(probe, check.interval());
        // Its own probes let an ejected endpoint come back.
        if (heard == null || shared.isProber(probe) || outliers.isEjectedHere(endpoint)) {
            watched.byOthers = false;
            probe(endpoint, watched, false);
            if (watched.count > 0) {
                shared.note(probe, watched.verdict.state(), watched.verdict.reason(), watched.count);
            }
        } else {
            stopProbes(watched);
            watched.byOthers = true;
            watched.count = 0;
            watched.lastProbe = null;
            watched.verdict.adopt(heard.state(), heard.reason());
        }
    }

    /**
     * Leaves an endpoint alone, or no longer, for as long as it is known.
     *
     * @param label its address and port
     * @return false when there is none of that label
     */
    boolean drain(String label, boolean drain) {
        boolean found = false;
        for (Map.Entry<Endpoint, Watched> entry : endpoints.entrySet()) {
            if (entry.getKey().label().equals(label)) {
                entry.getValue().draining = drain;
                found = true;
            }
        }
        judge();
        return found;
    }

    /** What is to be published. */
    List<EndpointView> views() {
        return endpoints.entrySet().stream()
                .map(entry -> view(entry.getKey(), entry.getValue()))
                .toList();
    }

    /** What is to be shown. */
    List<EndpointRecord> records() {
        return endpoints.entrySet().stream()
                .map(entry -> {
                    Ejection ejection = outliers.ejection(entry.getKey());
                    long until = ejection == null || !outliers.isEjectedHere(entry.getKey())
                            ? 0
                            : clock.epochMillis().getAsLong()
                                    + ejection.untilMillis()
                                    - clock.millis().getAsLong();
                    return new EndpointRecord(
                            view(entry.getKey(), entry.getValue()),
                            outliers.ejections(entry.getKey()),
                            until,
                            entry.getValue().lastProbe);
                })
                .toList();
    }

    void stop() {
        stopInterval();
        endpoints.values().forEach(BackendHealth::stopProbes);
    }

    private static EndpointView view(Endpoint endpoint, Watched watched) {
        ResolvedEndpoint resolved = watched.resolved;
        return new EndpointView(endpoint, resolved.weight(), resolved.priority(), resolved.zone(), watched.health);
    }

    private void probe(Endpoint endpoint, Watched watched, boolean anew) {
        HealthCheck check = terms.healthCheck();
        if (anew || check == null) {
            watched.byOthers = false;
            stopProbes(watched);
        }
        if (check == null) {
            watched.verdict = new ProbeVerdict();
            watched.lastProbe = null;
        } else if (watched.probes == null && !watched.byOthers) {
            EndpointProbes probes = new EndpointProbes(
                    vertx,
                    clock,
                    counters,
                    probe(check),
                    check,
                    endpoint,
                    (begun, success, result) -> probed(endpoint, watched, check, begun, success, result));
            watched.probes = probes;
            probes.start();
        }
    }

    private Probe probe(HealthCheck check) {
        return switch (check.type()) {
            case HTTP -> new HttpProbe(vertx, clients, backend, check);
            case TCP -> new TcpProbe(vertx, clients.tcp(), check.port());
            case GRPC -> new GrpcProbe(vertx, clients, backend, check);
        };
    }

    private void probed(
            Endpoint endpoint, Watched watched, HealthCheck check, long begun, boolean success, String result) {
        watched.count++;
        watched.lastProbe = new LastProbe(success, result, clock.epochMillis().getAsLong());
        watched.verdict.probed(success, result, check);
        if (success) {
            outliers.probed(endpoint, begun);
        }
        judge();
    }

    private void intervalOver() {
        outliers.interval();
        judge();
    }

    /** Tells of every endpoint whose state is not what it was. */
    private void judge() {
        boolean any = false;
        for (Map.Entry<Endpoint, Watched> entry : endpoints.entrySet()) {
            Watched watched = entry.getValue();
            Ejection ejection = outliers.ejection(entry.getKey());
            State state = watched.verdict.state();
            String reason = watched.verdict.reason();
            if (ejection != null && state != State.UNHEALTHY) {
                state = State.EJECTED;
                reason = ejection.reason();
            }
            if (watched.draining) {
                state = State.DRAINING;
                reason = "told to drain";
            }
            if (state != watched.health.state()) {
                log(entry.getKey(), watched.health.state(), state, reason);
                watched.health = state == State.UNKNOWN
                        ? EndpointHealth.UNKNOWN
                        : new EndpointHealth(state, reason, clock.epochMillis().getAsLong());
                any = true;
            }
        }
        if (any) {
            changed.run();
        }
    }

    private void log(Endpoint endpoint, State before, State now, String reason) {
        String line = "event=endpoint_health backend={} endpoint={} state={} before={} reason=\"{}\"";
        Object[] values = {backend.key(), endpoint.label(), now, before, reason};
        if (now == State.UNHEALTHY || now == State.EJECTED) {
            log.warn(line, values);
        } else {
            log.info(line, values);
        }
    }

    private void stopInterval() {
        if (interval != null) {
            vertx.cancelTimer(interval);
            interval = null;
        }
    }

    private static void stopProbes(Watched watched) {
        if (watched.probes != null) {
            watched.probes.stop();
            watched.probes = null;
        }
    }
}
