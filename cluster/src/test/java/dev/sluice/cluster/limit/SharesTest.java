package dev.sluice.cluster.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.core.HazelcastInstance;
import dev.sluice.observe.ClusterCounters;
import io.vertx.core.Vertx;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Among how many nodes a limit is shared, by what a node has seen of its cluster. */
final class SharesTest {

    private static final SharedBuckets.Joined JOINED = new SharedBuckets.Joined() {
        @Override
        public Vertx vertx() {
            throw new AssertionError("nothing is lent here");
        }

        @Override
        public HazelcastInstance hazelcast() {
            throw new AssertionError("nothing is lent here");
        }
    };

    private final ClusterCounters counters = new ClusterCounters();
    private final AtomicReference<SharedBuckets.@Nullable Joined> member = new AtomicReference<>();
    private final SharedBuckets buckets = new SharedBuckets(member::get, counters, () -> 5);

    @Test
    void asManyAsThereShouldBeUntilMostWereSeen() {
        assertEquals(5, buckets.nodes());
        counters.set(1, true);
        member.set(JOINED);
        assertEquals(5, buckets.nodes());
        assertFalse(buckets.isHealthy());
        counters.set(3, false);
        assertEquals(3, buckets.nodes());
        assertTrue(buckets.isHealthy());
        counters.set(1, true);
        assertEquals(3, buckets.nodes());
        assertFalse(buckets.isHealthy());
        member.set(null);
        counters.set(1, false);
        assertEquals(3, buckets.nodes());
    }

    /** What is counted while most are in sight is never the number of a moment when they are not. */
    @Test
    void neverTheNumberOfAMinority() throws InterruptedException {
        counters.set(3, false);
        member.set(JOINED);
        Thread looking = new Thread(() -> {
            for (int i = 0; i < 10_000_000; i++) {
                counters.set(1, true);
                counters.set(3, false);
            }
        });
        looking.start();
        try {
            while (looking.isAlive()) {
                assertEquals(3, buckets.nodes());
            }
        } finally {
            looking.join();
        }
    }
}
