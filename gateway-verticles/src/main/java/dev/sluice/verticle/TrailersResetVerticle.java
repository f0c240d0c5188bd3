package dev.sluice.verticle;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.LoopReady;
import dev.sluice.bus.Message.LoopReport;
import dev.sluice.bus.Message.StreamPolicyPublished;
import dev.sluice.config.Defaults;
import dev.sluice.stream.ClientLedger;
import dev.sluice.stream.ClientLedger.Notice;
import dev.sluice.stream.Flood;
import dev.sluice.stream.StreamPolicy;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The single writer of the stream policy: what a client may do with resets. It keeps account of the clients of all loops,
 * since one can spread its floods over many connections, and is the one who logs them.
 */
final class TrailersResetVerticle extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(TrailersResetVerticle.class);

    private static final long EXPIRY_MILLIS = 1000;

    private final Bus bus;
    private final ClientLedger ledger = new ClientLedger();
    private StreamPolicy policy = StreamPolicy.DEFAULT;

    TrailersResetVerticle(Bus bus) {
        this.bus = bus;
    }

    @Override
    public Future<?> start() {
        bus.consume(LoopReport.class, report -> decide(ledger.add(report.clients(), System.nanoTime())));
        // Every loop that starts gets the policy before its first table, and so before it opens a socket.
        bus.consume(LoopReady.class, ready -> bus.publish(new StreamPolicyPublished(policy)));
        long unused = vertx.setPeriodic(EXPIRY_MILLIS, id -> decide(ledger.expire(System.nanoTime())));
        return Future.succeededFuture();
    }

    private void decide(List<Notice> notices) {
        notices.forEach(TrailersResetVerticle::tell);
        Set<String> penalised = ledger.penalised();
        if (!penalised.equals(policy.penalised())) {
            policy = new StreamPolicy(policy.maxRstFrames(), penalised);
            bus.publish(new StreamPolicyPublished(policy));
        }
    }

    private static void tell(Notice notice) {
        log.warn(
                "event=client_flood client={} connections_cut={} resets={} penalised_seconds={}",
                notice.address(),
                notice.cuts().entrySet().stream()
                        .map(TrailersResetVerticle::count)
                        .collect(Collectors.joining(",")),
                notice.resets(),
                notice.penalised() ? Defaults.FLOOD_PENALTY.toSeconds() : 0);
    }

    private static String count(Map.Entry<Flood, Integer> cut) {
        return cut.getKey().label() + ":" + cut.getValue();
    }
}
