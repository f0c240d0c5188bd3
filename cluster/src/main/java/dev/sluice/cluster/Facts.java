package dev.sluice.cluster;

import dev.sluice.config.Defaults;
import dev.sluice.observe.ClusterCounters;
import dev.sluice.observe.ClusterCounters.Ignored;
import dev.sluice.spi.Cluster.FactListener;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node tells the others, each second anew, and what it hears from them. Nothing is stored anywhere but at
 * those who hear it: a cluster that is split or lost takes no fact with it, and a node's facts go when it does.
 */
final class Facts {

    private static final Logger log = LoggerFactory.getLogger(Facts.class);

    static final String ADDRESS = "sluice.facts";

    private final String self;
    private final ClusterCounters counters;
    private final Supplier<Set<String>> members;
    private final Map<String, Envelope> told = new ConcurrentHashMap<>();
    private final Map<String, List<Ear>> ears = new ConcurrentHashMap<>();

    /** By type and node, when it was heard last; used on the cluster's event loop alone. */
    private final Map<Source, Long> heard = new HashMap<>();

    private volatile @Nullable Vertx vertx;

    private record Source(String type, String node) {}

    private record Ear(int newest, FactListener listener, CallerContext caller) {}

    Facts(String self, ClusterCounters counters, Supplier<Set<String>> members) {
        this.self = self;
        this.counters = counters;
        this.members = members;
    }

    void tell(String type, int version, JsonObject body) {
        Envelope fact = new Envelope(version, type, self, body.copy());
        told.put(type, fact);
        Vertx joined = vertx;
        if (joined != null) {
            publish(joined, fact);
        }
    }

    void hear(String type, int newest, FactListener listener) {
        ears.computeIfAbsent(type, t -> new CopyOnWriteArrayList<>())
                .add(new Ear(newest, listener, CallerContext.current()));
    }

    /** This node has joined, and speaks and hears by this Vert.x until the next. Called on its event loop. */
    void joined(Vertx joined) {
        MessageConsumer<Object> unused =
                joined.eventBus().consumer(ADDRESS, message -> received(Envelope.of(message.body())));
        vertx = joined;
        long unusedTimer = joined.setPeriodic(0, Defaults.CLUSTER_FACT_INTERVAL.toMillis(), id -> repeat(joined));
    }

    /** It is alone again. */
    void parted() {
        vertx = null;
    }

    private void repeat(Vertx joined) {
        if (vertx != joined) {
            return; // it is closing, and what it publishes would be an error in the log
        }
        told.values().forEach(fact -> publish(joined, fact));
        Set<String> present = members.get();
        long now = System.nanoTime();
        heard.entrySet().removeIf(entry -> {
            Source source = entry.getKey();
            boolean isLost =
                    !present.contains(source.node) || now - entry.getValue() > Defaults.CLUSTER_FACT_TTL.toNanos();
            if (isLost) {
                each(source.type, ear -> ear.listener.gone(source.node));
            }
            return isLost;
        });
    }

    private static void publish(Vertx joined, Envelope fact) {
        joined.eventBus().publish(ADDRESS, fact.toJson());
    }

    private void received(@Nullable Envelope fact) {
        if (fact == null) {
            counters.ignored(Ignored.MALFORMED);
        } else if (fact.node().equals(self)) {
            return;
        } else if (!ears.containsKey(fact.type())) {
            counters.ignored(Ignored.UNKNOWN_TYPE);
        } else {
            heard.put(new Source(fact.type(), fact.node()), System.nanoTime());
            each(fact.type(), ear -> {
                if (fact.version() > ear.newest) {
                    counters.ignored(Ignored.NEWER_VERSION);
                } else {
                    ear.listener.told(fact.node(), fact.body());
                }
            });
        }
    }

    private interface Word {
        void to(Ear ear);
    }

    private void each(String type, Word word) {
        for (Ear ear : ears.getOrDefault(type, List.of())) {
            ear.caller.run(() -> {
                try {
                    word.to(ear);
                } catch (RuntimeException e) {
                    counters.ignored(Ignored.MALFORMED);
                    log.debug("event=cluster_fact_malformed type={}", type, e);
                }
            });
        }
    }
}
