package dev.sluice.verticle;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.ConfigRejected;
import dev.sluice.bus.Message.EpochChanged;
import dev.sluice.bus.Message.LoopAck;
import dev.sluice.bus.Message.NodesSeen;
import dev.sluice.bus.Message.PushAnswered;
import dev.sluice.bus.Message.PushRequested;
import dev.sluice.bus.Message.RouteTableCompiled;
import dev.sluice.config.ConfigProblem;
import dev.sluice.config.ConfigResult;
import dev.sluice.config.ConfigResult.Accepted;
import dev.sluice.config.ConfigResult.Rejected;
import dev.sluice.config.Defaults;
import dev.sluice.config.load.PushedConfigSource;
import dev.sluice.epoch.EpochControl;
import dev.sluice.epoch.NodeConfig;
import dev.sluice.route.RouteCompiler;
import dev.sluice.route.RouteTable;
import dev.sluice.spi.CallProtocol;
import dev.sluice.spi.Cluster;
import dev.sluice.spi.ConfigSource;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The single writer of configuration: loads, compiles and hands on; keeps the last good one when the new one is bad.
 * It comes from this node's files until another one is pushed to all nodes, which {@link EpochControl} decides.
 * Everything that may block runs on a worker thread, one thing at a time.
 */
final class RoutingVerticle extends VerticleBase implements NodeConfig {

    private static final Logger log = LoggerFactory.getLogger(RoutingVerticle.class);

    private final Bus bus;
    private final ConfigSource files;
    private final List<CallProtocol> protocols;
    private final LoopAcks acks;
    private final EpochControl epochs;
    /** In use: the files, or what was pushed. */
    private ConfigSource source;

    private Future<?> working = Future.succeededFuture();
    private boolean filesIgnored;
    private long version;
    private String digest = "";

    /**
     * Of a gateway.
     *
     * @param files where its own configuration comes from
     * @param loops how many event loops serve by it
     */
    RoutingVerticle(Bus bus, ConfigSource files, List<CallProtocol> protocols, Cluster cluster, int loops) {
        this.bus = bus;
        this.files = files;
        this.protocols = protocols;
        source = files;
        acks = new LoopAcks(loops);
        epochs = new EpochControl(cluster, this, System::nanoTime, status -> bus.publish(new EpochChanged(status)));
    }

    @Override
    public Future<?> start() {
        bus.consume(LoopAck.class, acks::acked);
        return load(source).compose(loaded -> {
            if (loaded.rejected != null) {
                return Future.failedFuture(new ConfigRejectedException(loaded.rejected.problems()));
            }
            epochs.start();
            bus.consume(NodesSeen.class, seen -> epochs.seen(seen.nodes()));
            bus.consume(PushRequested.class, this::pushed);
            watch();
            return Future.succeededFuture();
        });
    }

    // --- what all nodes agree upon ---

    private void pushed(PushRequested request) {
        epochs.propose(request.push())
                .onSuccess(outcome -> bus.publish(new PushAnswered(request.ticket(), outcome)))
                .onFailure(error -> log.error("event=config_push_failed", error));
    }

    @Override
    public Future<Trial> check(@Nullable String text) {
        ConfigSource candidate = source(text);
        return inTurn(() -> vertx.executeBlocking(() -> compile(candidate.load(), version + 1), true)
                .map(outcome -> outcome.rejected == null
                        ? new Trial(outcome.digest(), List.of())
                        : new Trial("", outcome.rejected.problems())));
    }

    @Override
    public Future<List<String>> activate(@Nullable String text) {
        ConfigSource wanted = source(text);
        return inTurn(() -> load(wanted).compose(loaded -> {
            if (loaded.rejected != null) {
                return Future.failedFuture(new ConfigRejectedException(loaded.rejected.problems()));
            }
            source = wanted;
            filesIgnored = false;
            return loaded.isNew
                    ? acks.await(version, Defaults.PUSH_LOOPS_TIMEOUT)
                            .otherwise(late -> List.of("the event loops do not serve by it after "
                                    + Defaults.PUSH_LOOPS_TIMEOUT.toSeconds() + " s"))
                    : Future.succeededFuture(List.of());
        }));
    }

    private ConfigSource source(@Nullable String text) {
        return text == null ? files : new PushedConfigSource(text, files.directory());
    }

    // --- this node ---

    private void watch() {
        long unused = vertx.setTimer(Defaults.CONFIG_POLL.toMillis(), id -> poll());
    }

    private void poll() {
        Future<Loaded> polled = inTurn(() -> vertx.executeBlocking(source::changed, true)
                .compose(changed -> changed ? load(source) : Future.succeededFuture(new Loaded(false, null)))
                .compose(this::lookAtIgnoredFiles));
        polled.onComplete((loaded, error) -> {
            if (error != null) {
                log.error("event=config_source_failed", error);
            } else if (loaded.rejected != null) {
                Rejected rejected = loaded.rejected;
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

    /** Who edits a file while something else is in force should not have to wonder. */
    @SuppressWarnings("ReferenceEquality")
    private Future<Loaded> lookAtIgnoredFiles(Loaded loaded) {
        if (source == files || filesIgnored) {
            return Future.succeededFuture(loaded);
        }
        return vertx.executeBlocking(files::changed, true).map(changed -> {
            if (changed) {
                filesIgnored = true;
                log.warn(
                        "event=config_files_ignored reason=\"a pushed configuration is in use until it is withdrawn\"");
            }
            return loaded;
        });
    }

    /** Loads take turns: each has a version of its own. */
    private <T> Future<T> inTurn(Supplier<Future<T>> work) {
        Future<T> next = working.transform((done, error) -> work.get());
        working = next;
        return next;
    }

    private Future<Loaded> load(ConfigSource from) {
        long next = version + 1;
        return vertx.executeBlocking(() -> compile(from.load(), next), true).map(outcome -> {
            Accepted accepted = outcome.accepted;
            RouteTable table = outcome.table;
            if (accepted == null || table == null || digest.equals(outcome.digest())) {
                return new Loaded(false, outcome.rejected);
            }
            version = next;
            digest = outcome.digest();
            accepted.warnings().forEach(warning -> log.warn("event=config_warning {}", warning));
            log.info("event=config_compiled version={} digest={}", version, digest);
            bus.publish(new RouteTableCompiled(table, accepted.config()));
            return new Loaded(true, null);
        });
    }

    /**
     * What a load came to.
     *
     * @param isNew whether a table was handed on
     * @param rejected null unless there were problems
     */
    private record Loaded(boolean isNew, @Nullable Rejected rejected) {}

    private record Outcome(@Nullable Accepted accepted, @Nullable RouteTable table, @Nullable Rejected rejected) {

        String digest() {
            return accepted == null ? "" : accepted.config().digest();
        }
    }

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
