package dev.sluice.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Defaults;
import dev.sluice.health.SharedHealth.Verdict;
import dev.sluice.spi.Cluster;
import dev.sluice.spi.Cluster.FactListener;
import dev.sluice.upstream.EndpointHealth.State;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SharedHealthTest {

    private static final Duration INTERVAL = Duration.ofSeconds(5);

    private final Map<String, FactListener> listeners = new HashMap<>();
    private boolean degraded;
    private long now = 1_000;

    private final SharedHealth a = node("a");
    private final SharedHealth b = node("b");
    private final SharedHealth c = node("c");

    /** One of several nodes, whose facts all others hear at once. */
    private SharedHealth node(String self) {
        Cluster cluster = (Cluster) Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "self" -> self;
                    case "isClustered" -> true;
                    case "isDegraded" -> degraded;
                    case "hear" -> listeners.put(self, (FactListener) arguments[2]);
                    case "tell" -> tell(self, new JsonObject(((JsonObject) arguments[2]).encode()));
                    default -> throw new AssertionError(method);
                });
        return new SharedHealth(cluster, new Clock(() -> now, () -> 0));
    }

    private boolean tell(String self, JsonObject fact) {
        listeners.forEach((node, listener) -> {
            if (!node.equals(self)) {
                listener.told(self, fact);
            }
        });
        return true;
    }

    private void allTell() {
        a.tell();
        b.tell();
        c.tell();
    }

    @Test
    void twoNodesProbeEachEndpointAndAllAgreeWhich() {
        assertTrue(a.isProber("x") && b.isProber("x") && c.isProber("x"), "nobody has heard of others yet");
        allTell();
        int[] turns = new int[3];
        for (int i = 0; i < 300; i++) {
            String probe = "default/app 10.0.0." + i + ":80 7f";
            List<SharedHealth> nodes = List.of(a, b, c);
            int probers = 0;
            for (int n = 0; n < nodes.size(); n++) {
                if (nodes.get(n).isProber(probe)) {
                    turns[n]++;
                    probers++;
                }
            }
            assertEquals(Defaults.SHARED_PROBERS, probers, probe);
        }
        assertTrue(Arrays.stream(turns).allMatch(turn -> turn > 160 && turn < 240), Arrays.toString(turns));
        listeners.values().forEach(listener -> listener.gone("b"));
        assertTrue(a.isProber("x"), "two nodes are both probers");
    }

    @Test
    void aVerdictHoldsWhileProbesGoOn() {
        assertNull(c.verdict("x", INTERVAL));
        a.note("x", State.UNHEALTHY, "status 500", 1);
        a.tell();
        assertEquals(new Verdict(State.UNHEALTHY, "status 500, seen by a"), c.verdict("x", INTERVAL));
        assertNull(c.verdict("y", INTERVAL));
        now += 10_000;
        a.note("x", State.UNHEALTHY, "status 500", 2);
        a.tell();
        now += 11_000;
        a.note("x", State.UNHEALTHY, "status 500", 2); // told again, but not probed again
        a.tell();
        assertEquals(new Verdict(State.UNHEALTHY, "status 500, seen by a"), c.verdict("x", INTERVAL));
        now += 1;
        assertNull(c.verdict("x", INTERVAL));
    }

    @Test
    void oneThatReachesItIsRight() {
        a.note("x", State.UNHEALTHY, "connection refused", 1);
        b.note("x", State.HEALTHY, "status 200", 1);
        a.tell();
        b.tell();
        assertEquals(new Verdict(State.HEALTHY, "status 200, seen by b"), c.verdict("x", INTERVAL));
    }

    @Test
    void mostOfThoseThatSendRequestsDecideAndTwoAtLeast() {
        a.noteRequests("x", true);
        a.tell();
        assertFalse(c.isVotedOut("x", false, false), "one vote is none");
        assertTrue(c.isVotedOut("x", false, true), "two of two");
        b.noteRequests("x", false);
        b.tell();
        assertFalse(c.isVotedOut("x", true, false), "one of three");
        assertTrue(c.isVotedOut("x", true, true), "two of three");
        b.noteRequests("x", true);
        b.tell();
        assertTrue(c.isVotedOut("x", true, false), "two of three");
        assertTrue(c.isVotedOut("x", false, false), "two of two");
        assertFalse(c.isVotedOut("y", true, false));
        b.tell();
        assertFalse(c.isVotedOut("x", true, false), "what is not told again does not hold");
    }

    @Test
    void withoutAMajorityInSightEachIsOnItsOwn() {
        allTell();
        a.note("x", State.HEALTHY, "status 200", 1);
        a.noteRequests("x", true);
        a.tell();
        b.noteRequests("x", true);
        b.tell();
        degraded = true;
        assertNull(c.verdict("x", INTERVAL));
        assertFalse(c.isVotedOut("x", true, false));
        for (int i = 0; i < 20; i++) {
            assertTrue(c.isProber("x" + i));
        }
    }

    @Test
    void tellsOfSoManyEndpointsAtMost() {
        for (int i = 0; i <= Defaults.MAX_SHARED_ENDPOINTS; i++) {
            a.note("x" + i, State.HEALTHY, "", 1);
        }
        a.tell();
        assertEquals(
                new Verdict(State.HEALTHY, ", seen by a"),
                c.verdict("x" + (Defaults.MAX_SHARED_ENDPOINTS - 1), INTERVAL));
        assertNull(c.verdict("x" + Defaults.MAX_SHARED_ENDPOINTS, INTERVAL));
    }
}
