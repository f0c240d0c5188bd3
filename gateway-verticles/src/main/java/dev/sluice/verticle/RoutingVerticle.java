package dev.sluice.verticle;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.ConfigRejected;
import dev.sluice.bus.Message.RouteTableCompiled;
import dev.sluice.config.ConfigProblem;
import dev.sluice.config.ConfigResult;
import dev.sluice.config.ConfigResult.Accepted;
import dev.sluice.config.ConfigResult.Rejected;
import dev.sluice.config.Defaults;
import dev.sluice.route.RouteCompiler;
import dev.sluice.route.RouteTable;
import dev.sluice.spi.CallProtocol;
import dev.sluice.spi.ConfigSource;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The single writer of configuration: loads, compiles and hands on; keeps the last good one when the new one is bad.
 * Everything that may block runs on a worker thread, one thing at a time.
 */
final class RoutingVerticle extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(RoutingVerticle.class);

    private final Bus bus;
    private final ConfigSource source;
    private final List<CallProtocol> protocols;
    private long version;
    private String digest = "";

    RoutingVerticle(Bus bus, ConfigSource source, List<CallProtocol> protocols) {
        this.bus = bus;
        this.source = source;
        this.protocols = protocols;
    }

    @Override
    public Future<?> start() {
        return load(true).compose(rejected -> {
            if (rejected != null) {
                return Future.failedFuture(new ConfigRejectedException(rejected.problems()));
            }
            watch();
            return Future.succeededFuture();
        });
    }

    private void watch() {
        long unused = vertx.setTimer(Defaults.CONFIG_POLL.toMillis(), id -> poll());
    }

    private void poll() {
        vertx.executeBlocking(source::changed, true)
                .compose(changed -> changed ? load(false) : Future.<@Nullable Rejected>succeededFuture())
                .onComplete((rejected, error) -> {
                    if (error != null) {
                        log.error("event=config_source_failed", error);
                    } else if (rejected != null) {
                        log.error(
                                "event=config_rejected problems={} kept_digest={}",
                                rejected.problems().size(),
                                digest);
                        rejected.problems().forEach(problem -> log.error("event=config_problem {}", problem));
                        bus.publish(new ConfigRejected(rejected.problems()));
                    }
                    watch();
                });
    }

    /** Gives the rejection, or null after a table was handed on. */
    private Future<@Nullable Rejected> load(boolean first) {
        long next = version + 1;
        return vertx.executeBlocking(() -> compile(source.load(), next), true).map(outcome -> {
            if (outcome.rejected != null) {
                return outcome.rejected;
            }
            Accepted accepted = outcome.accepted;
            RouteTable table = outcome.table;
            if (accepted == null
                    || table == null
                    || (!first && digest.equals(accepted.config().digest()))) {
                return null;
            }
            version = next;
            digest = accepted.config().digest();
            accepted.warnings().forEach(warning -> log.warn("event=config_warning {}", warning));
            log.info("event=config_compiled version={} digest={}", version, digest);
            bus.publish(new RouteTableCompiled(table, accepted.config()));
            return null;
        });
    }

    private record Outcome(@Nullable Accepted accepted, @Nullable RouteTable table, @Nullable Rejected rejected) {}

    private Outcome compile(ConfigResult result, long version) {
        if (result instanceof Rejected rejected) {
            return new Outcome(null, null, rejected);
        }
        Accepted accepted = (Accepted) result;
        try {
            return new Outcome(accepted, RouteCompiler.compile(accepted.config(), version, protocols), null);
        } catch (IllegalArgumentException refused) {
            String message = String.valueOf(refused.getMessage());
            return new Outcome(null, null, new Rejected(List.of(new ConfigProblem("", 0, 0, "", message))));
        }
    }
}
