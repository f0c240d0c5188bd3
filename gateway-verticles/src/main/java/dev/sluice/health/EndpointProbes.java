package dev.sluice.health;

import dev.sluice.config.Defaults;
import dev.sluice.config.UpstreamTerms.HealthCheck;
import dev.sluice.observe.UpstreamCounters;
import dev.sluice.observe.UpstreamCounters.ProbeResult;
import dev.sluice.upstream.Endpoint;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Probes one endpoint again and again, the first time at once, and never while a probe is still under way. */
final class EndpointProbes {

    /** Hears of each probe that is over. */
    interface Listener {
        void probed(long begunMillis, boolean success, String result);
    }

    private final Vertx vertx;
    private final Clock clock;
    private final UpstreamCounters counters;
    private final Probe probe;
    private final HealthCheck terms;
    private final Endpoint endpoint;
    private final Listener listener;
    private boolean stopped;
    private @Nullable Long timer;

    EndpointProbes(
            Vertx vertx,
            Clock clock,
            UpstreamCounters counters,
            Probe probe,
            HealthCheck terms,
            Endpoint endpoint,
            Listener listener) {
        this.vertx = vertx;
        this.clock = clock;
        this.counters = counters;
        this.probe = probe;
        this.terms = terms;
        this.endpoint = endpoint;
        this.listener = listener;
    }

    void start() {
        timer = null;
        long begun = clock.millis().getAsLong();
        ask().onComplete((text, error) -> {
            if (!stopped) {
                counters.count(result(error));
                timer = vertx.setTimer(pause(), id -> start());
                listener.probed(begun, error == null, error == null ? text : reason(error));
            }
        });
    }

    /** One that throws has failed; the next comes all the same. */
    private Future<String> ask() {
        try {
            return probe.ask(endpoint, terms.timeout());
        } catch (RuntimeException broken) {
            return Future.failedFuture(broken);
        }
    }

    /** The result of a probe that is under way is nobody's. */
    void stop() {
        stopped = true;
        if (timer != null) {
            vertx.cancelTimer(timer);
        }
    }

    private long pause() {
        long interval = terms.interval().toMillis();
        long jitter = interval * Defaults.PROBE_JITTER_PERCENT / 100;
        return Math.max(1, interval + ThreadLocalRandom.current().nextLong(-jitter, jitter + 1));
    }

    private static ProbeResult result(@Nullable Throwable error) {
        if (error == null) {
            return ProbeResult.SUCCESS;
        }
        return error instanceof TimeoutException ? ProbeResult.TIMEOUT : ProbeResult.FAILURE;
    }

    private static String reason(Throwable error) {
        String message = error.getMessage();
        return message == null ? error.getClass().getSimpleName() : message;
    }
}
