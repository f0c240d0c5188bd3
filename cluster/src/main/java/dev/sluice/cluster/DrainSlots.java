package dev.sluice.cluster;

import dev.sluice.config.ClusterSettings.MaxDraining;
import dev.sluice.config.Defaults;
import dev.sluice.spi.DrainPermits;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Permits to drain are numbered slots of a map that all nodes share: who puts its name into one that is empty has it,
 * and repeats it while it drains. A slot whose holder dies empties itself.
 */
final class DrainSlots implements DrainPermits {

    private static final Logger log = LoggerFactory.getLogger(DrainSlots.class);

    static final String MAP = "sluice.drain";

    private final String self;
    private final MaxDraining maxDraining;
    private final Supplier<@Nullable ClusterMember> member;

    DrainSlots(String self, MaxDraining maxDraining, Supplier<@Nullable ClusterMember> member) {
        this.self = self;
        this.maxDraining = maxDraining;
        this.member = member;
    }

    @Override
    public Future<Permit> acquire(Duration patience) {
        ClusterMember joined = member.get();
        if (joined == null || joined.nodes().size() < 2) {
            return Future.succeededFuture(Permit.ALONE);
        }
        Promise<Permit> promise = Promise.promise();
        Vertx vertx = joined.vertx();
        long until = System.nanoTime() + patience.toNanos();
        vertx.runOnContext(v -> vertx.sharedData()
                .<String, String>getAsyncMap(MAP)
                .onComplete(slots -> new Line(joined, slots, until, promise).tryNext(0), promise::fail));
        return CallerContext.current().complete(promise.future());
    }

    /** One wait for a slot, on the cluster's event loop. */
    private final class Line {

        private final ClusterMember joined;
        private final AsyncMap<String, String> slots;
        private final long until;
        private final Promise<Permit> promise;

        Line(ClusterMember joined, AsyncMap<String, String> slots, long until, Promise<Permit> promise) {
            this.joined = joined;
            this.slots = slots;
            this.until = until;
            this.promise = promise;
        }

        void tryNext(int slot) {
            if (slot < maxDraining.of(joined.nodes().size())) {
                String name = "slot-" + slot;
                slots.putIfAbsent(name, self, Defaults.CLUSTER_FACT_TTL.toMillis())
                        .onComplete(
                                holder -> {
                                    if (holder == null || holder.equals(self)) {
                                        granted(name);
                                    } else {
                                        tryNext(slot + 1);
                                    }
                                },
                                promise::fail);
            } else if (System.nanoTime() - until >= 0) {
                promise.fail("other nodes are draining");
            } else {
                long unused = joined.vertx().setTimer(Defaults.CLUSTER_PERMIT_POLL.toMillis(), id -> tryNext(0));
            }
        }

        private void granted(String slot) {
            slots.size().otherwise(1).onSuccess(draining -> {
                int survivors = Math.max(0, joined.nodes().size() - draining);
                log.info("event=drain_permit slot={} survivors={}", slot, survivors);
                promise.complete(new Slot(joined.vertx(), slots, slot, survivors));
            });
        }
    }

    /** A slot that is held: its name is put in again before it would expire. */
    private final class Slot implements Permit {

        private final Vertx vertx;
        private final AsyncMap<String, String> slots;
        private final String name;
        private final int survivors;
        private final long timer;

        Slot(Vertx vertx, AsyncMap<String, String> slots, String name, int survivors) {
            this.vertx = vertx;
            this.slots = slots;
            this.name = name;
            this.survivors = survivors;
            timer = vertx.setPeriodic(Defaults.CLUSTER_FACT_INTERVAL.toMillis(), id -> renew());
        }

        @Override
        public int survivors() {
            return survivors;
        }

        private void renew() {
            // One that was lost meanwhile, in a pause or a split, is not taken from who has it now.
            slots.get(name)
                    .compose(holder -> self.equals(holder)
                            ? slots.put(name, self, Defaults.CLUSTER_FACT_TTL.toMillis())
                            : Future.succeededFuture())
                    .onFailure(failure -> log.debug("event=drain_permit_not_renewed slot={}", name, failure));
        }

        @Override
        public void release() {
            vertx.cancelTimer(timer);
            vertx.runOnContext(v -> slots.removeIfPresent(name, self)
                    .onFailure(failure -> log.debug("event=drain_permit_not_released slot={}", name, failure)));
        }
    }
}
