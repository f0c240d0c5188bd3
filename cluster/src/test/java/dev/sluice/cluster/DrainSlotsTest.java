package dev.sluice.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.spi.DrainPermits.Permit;
import dev.sluice.testkit.Eventually;
import io.vertx.core.Future;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Three nodes of which one may drain at a time. */
@Tag("cluster")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DrainSlotsTest {

    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(12);

    private static final TestNodes CLUSTER = new TestNodes(3);
    private static final ClusterNode ONE = CLUSTER.node(0, TestNodes.SECRET);
    private static final ClusterNode TWO = CLUSTER.node(1, TestNodes.SECRET);
    private static final ClusterNode THREE = CLUSTER.node(2, TestNodes.SECRET);

    @BeforeAll
    static void join() {
        assertSame(Permit.ALONE, Eventually.get(ONE.drainPermits().acquire(SHORT)), "before it has joined");
        CLUSTER.join(ONE, TWO, THREE);
    }

    @AfterAll
    static void close() {
        CLUSTER.close();
    }

    @Test
    @Order(1)
    void oneAtATimeInTurn() {
        Permit first = Eventually.get(ONE.drainPermits().acquire(SHORT));
        assertEquals(2, first.survivors());
        assertEquals("other nodes are draining", patienceLost(TWO));
        Future<Permit> second = TWO.drainPermits().acquire(LONG);
        first.release();
        Eventually.get(second).release();
        Eventually.get(THREE.drainPermits().acquire(LONG)).release();
    }

    @Test
    @Order(2)
    void aPermitIsKeptForAsLongAsItsHolderDrains() {
        Permit held = Eventually.get(ONE.drainPermits().acquire(SHORT));
        Future<Permit> waiting = TWO.drainPermits().acquire(Duration.ofSeconds(7));
        assertEquals(
                "other nodes are draining",
                String.valueOf(Eventually.failure(waiting).getMessage()));
        held.release();
    }

    @Test
    @Order(3)
    void aNodeThatHasDrainedGivesItsPermitBackBeforeItLeaves() {
        Eventually.get(TWO.drainPermits().acquire(LONG)).release();
        Future<Boolean> left = TWO.leave().map(v -> true);
        // Less than it would take to expire.
        Permit next = Eventually.get(ONE.drainPermits().acquire(Duration.ofSeconds(3)));
        assertTrue(next.survivors() > 0);
        next.release();
        assertTrue(Eventually.get(left));
    }

    @Test
    @Order(4)
    void thePermitOfANodeThatDiesExpires() {
        Permit lost = Eventually.get(THREE.drainPermits().acquire(LONG));
        assertTrue(lost.survivors() > 0);
        THREE.kill();
        Eventually.get(ONE.drainPermits().acquire(LONG)).release();
    }

    private static String patienceLost(ClusterNode node) {
        return String.valueOf(
                Eventually.failure(node.drainPermits().acquire(SHORT)).getMessage());
    }
}
