package dev.sluice.cluster.limit;

import com.hazelcast.config.Config;
import com.hazelcast.config.EvictionConfig;
import com.hazelcast.config.EvictionPolicy;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MaxSizePolicy;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import dev.sluice.config.Defaults;
import dev.sluice.config.RateLimitTerms.Quota;
import dev.sluice.observe.ClusterCounters;
import dev.sluice.spi.RateLimitLeases;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The token buckets of a cluster: a map, each of whose entries lies at one node and is worked on there. */
public final class SharedBuckets implements RateLimitLeases {

    private static final String MAP = "sluice.rate-limits";

    private final Supplier<@Nullable Joined> member;
    private final ClusterCounters counters;
    private final IntSupplier expected;

    /** When this node last saw most of them; 0 while it never has. */
    private volatile int nodes;

    /** This node while it is part of the cluster. */
    public interface Joined {

        /** On whose event loop the cluster is spoken to. */
        Vertx vertx();

        HazelcastInstance hazelcast();
    }

    /**
     * Of a node.
     *
     * @param member null while it has not joined
     * @param counters what is known of the cluster
     * @param expected how many nodes there should be, 1 or more: who share the limits until this one has seen most of them
     */
    public SharedBuckets(Supplier<@Nullable Joined> member, ClusterCounters counters, IntSupplier expected) {
        this.member = member;
        this.counters = counters;
        this.expected = expected;
    }

    /**
     * Adds what it needs. Buckets have a copy at another node that may lag behind: when their node dies, some tokens are
     * lent twice. Beyond a number of buckets the one that was not used for longest is forgotten.
     */
    public static void configure(Config config) {
        config.addMapConfig(new MapConfig(MAP)
                .setBackupCount(0)
                .setAsyncBackupCount(1)
                .setEvictionConfig(new EvictionConfig()
                        .setEvictionPolicy(EvictionPolicy.LRU)
                        .setMaxSizePolicy(MaxSizePolicy.PER_NODE)
                        .setSize(Defaults.RATE_LIMIT_KEYS)));
        config.getSerializationConfig().addDataSerializableFactory(LendTokens.FACTORY_ID, id -> new LendTokens());
    }

    @Override
    public boolean isHealthy() {
        return member.get() != null && !counters.isDegraded();
    }

    @Override
    public int nodes() {
        int now = member.get() == null ? 0 : counters.membersUnlessDegraded();
        if (now > 0) {
            nodes = now;
        }
        int seen = nodes;
        return seen > 0 ? seen : Math.max(1, expected.getAsInt());
    }

    @Override
    public Future<Lease> lease(String key, Quota quota, long wanted, long returned) {
        Joined joined = member.get();
        if (joined == null) {
            return Future.failedFuture("this node is in no cluster now");
        }
        Promise<Lease> promise = Promise.promise();
        joined.vertx().runOnContext(v -> ask(joined, key, new LendTokens(quota, wanted, returned), promise));
        return promise.future();
    }

    private static void ask(Joined joined, String key, LendTokens question, Promise<Lease> promise) {
        try {
            IMap<String, long[]> buckets = joined.hazelcast().getMap(MAP);
            var unused = buckets.submitToKey(key, question).whenComplete((answer, failure) -> {
                if (failure == null) {
                    promise.complete(new Lease(answer[0], answer[1], answer[2]));
                } else {
                    promise.fail(failure);
                }
            });
        } catch (RuntimeException leaving) {
            promise.fail(leaving);
        }
    }
}
