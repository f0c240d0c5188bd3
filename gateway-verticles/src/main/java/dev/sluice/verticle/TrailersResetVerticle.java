package dev.sluice.verticle;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.LoopReady;
import dev.sluice.bus.Message.LoopReport;
import dev.sluice.bus.Message.StreamPolicyPublished;
import dev.sluice.config.Defaults;
import dev.sluice.stream.StreamPolicy;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The single writer of the stream policy: what a client may do with resets. It watches the resets of all loops, since
 * one client can spread its own over many connections.
 */
final class TrailersResetVerticle extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(TrailersResetVerticle.class);

    private final Bus bus;
    private final Map<Integer, Long> resetsByLoop = new HashMap<>();
    private boolean flooded;

    TrailersResetVerticle(Bus bus) {
        this.bus = bus;
    }

    @Override
    public Future<?> start() {
        bus.consume(LoopReport.class, this::report);
        // Every loop that starts gets the policy before its first table, and so before it opens a socket.
        bus.consume(LoopReady.class, ready -> bus.publish(new StreamPolicyPublished(StreamPolicy.DEFAULT)));
        return Future.succeededFuture();
    }

    private void report(LoopReport report) {
        resetsByLoop.put(report.loop(), report.clientResets());
        long resets = resetsByLoop.values().stream().mapToLong(Long::longValue).sum();
        boolean many = resets > Defaults.MAX_RST_PER_WINDOW;
        if (many != flooded) {
            flooded = many;
            log.warn("event=client_resets per_second={} state={}", resets, many ? "flood" : "calm");
        }
    }
}
