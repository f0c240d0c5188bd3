package dev.sluice.health;

import dev.sluice.config.Defaults;
import dev.sluice.spi.Cluster;
import dev.sluice.spi.Cluster.FactListener;
import dev.sluice.upstream.EndpointHealth.State;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the nodes of a cluster tell each other of endpoints, each second: what their probes say, which endpoints they have
 * left out because requests failed, and which they send requests to. Of the nodes that take part, the
 * {@link Defaults#SHARED_PROBERS} that rank first for an endpoint probe it, by a hash that all compute alike.
 *
 * <p>On its own, and where no majority of the cluster is in sight, a node hears nobody and so probes all and judges alone.
 * What it hears of others replaces nothing that it has found itself. Used on one event loop.
 */
public final class SharedHealth {

    private static final String TYPE = "health";
    private static final int VERSION = 1;

    private final Cluster cluster;
    private final Clock clock;
    private final Map<String, Heard> others = new HashMap<>();
    private JsonObject probes = new JsonObject();
    private JsonArray ejected = new JsonArray();
    private JsonArray used = new JsonArray();

    /** What one node has told last. */
    private record Heard(Map<String, Told> probes, Set<String> ejected, Set<String> used) {}

    /**
     * What one node's probes say of one endpoint.
     *
     * @param count of its probes: while it does not grow there are none
     * @param grownMillis when it did last
     */
    private record Told(State state, String reason, long count, long grownMillis) {}

    /**
     * What others' probes say.
     *
     * @param reason for people, with the node's id
     */
    record Verdict(State state, String reason) {}

    /** Begins to listen; call on the event loop. */
    public SharedHealth(Cluster cluster, Clock clock) {
        this.cluster = cluster;
        this.clock = clock;
        cluster.hear(TYPE, VERSION, new FactListener() {
            @Override
            public void told(String node, JsonObject body) {
                heard(node, body);
            }

            @Override
            public void gone(String node) {
                others.remove(node);
            }
        });
    }

    /** Tells what was noted since it was told last. */
    void tell() {
        if (cluster.isClustered()) {
            cluster.tell(
                    TYPE,
                    VERSION,
                    new JsonObject()
                            .put("probes", probes)
                            .put("ejected", ejected)
                            .put("used", used));
        }
        probes = new JsonObject();
        ejected = new JsonArray();
        used = new JsonArray();
    }

    /** This node's own probes say this; those beyond {@link Defaults#MAX_SHARED_ENDPOINTS} stay its own. */
    void note(String probe, State state, String reason, long count) {
        if (probes.size() < Defaults.MAX_SHARED_ENDPOINTS) {
            probes.put(
                    probe,
                    new JsonObject()
                            .put("state", state.name().toLowerCase(Locale.ROOT))
                            .put("reason", reason)
                            .put("count", count));
        }
    }

    /** This node has itself ejected an endpoint, or sends requests to it. */
    void noteRequests(String endpoint, boolean isEjected) {
        JsonArray noted = isEjected ? ejected : used;
        if (noted.size() < Defaults.MAX_SHARED_ENDPOINTS) {
            noted.add(endpoint);
        }
    }

    /** Whether it is this node's turn to probe, whatever others do. */
    boolean isProber(String probe) {
        long own = rank(cluster.self(), probe);
        return audible().keySet().stream()
                        .filter(node -> Long.compareUnsigned(rank(node, probe), own) > 0)
                        .count()
                < Defaults.SHARED_PROBERS;
    }

    /**
     * What others' probes say: well if one of them says so, for the others may be cut off from the endpoint.
     *
     * @param interval of the probes; what did not grow for two of them says nothing any more
     * @return null when nobody has probed lately
     */
    @Nullable
    Verdict verdict(String probe, Duration interval) {
        long now = clock.millis().getAsLong();
        long most = 2 * interval.toMillis() + Defaults.CLUSTER_FACT_INTERVAL.toMillis();
        Verdict verdict = null;
        for (Map.Entry<String, Heard> other : audible().entrySet()) {
            Told told = other.getValue().probes.get(probe);
            if (told != null
                    && now - told.grownMillis <= most
                    && (verdict == null || (verdict.state != State.HEALTHY && told.state == State.HEALTHY))) {
                verdict = new Verdict(told.state, told.reason + ", seen by " + other.getKey());
            }
        }
        return verdict;
    }

    /**
     * Whether most of the nodes that send requests to an endpoint have ejected it, and two at least.
     *
     * @param isUsed whether this node does
     * @param isEjected whether this node has
     */
    boolean isVotedOut(String endpoint, boolean isUsed, boolean isEjected) {
        int senders = isUsed || isEjected ? 1 : 0;
        int votes = isEjected ? 1 : 0;
        for (Heard other : audible().values()) {
            boolean vote = other.ejected.contains(endpoint);
            votes += vote ? 1 : 0;
            senders += vote || other.used.contains(endpoint) ? 1 : 0;
        }
        return votes >= Math.max(2, senders / 2 + 1);
    }

    /** Nobody, where no majority is in sight. */
    private Map<String, Heard> audible() {
        return cluster.isDegraded() ? Map.of() : others;
    }

    private void heard(String node, JsonObject body) {
        long now = clock.millis().getAsLong();
        Heard before = others.get(node);
        Map<String, Told> told = new HashMap<>();
        JsonObject fresh = body.getJsonObject("probes");
        for (String probe : fresh.fieldNames()) {
            JsonObject each = fresh.getJsonObject(probe);
            long count = each.getLong("count");
            Told last = before == null ? null : before.probes.get(probe);
            told.put(
                    probe,
                    new Told(
                            State.valueOf(each.getString("state").toUpperCase(Locale.ROOT)),
                            each.getString("reason"),
                            count,
                            last != null && last.count == count ? last.grownMillis : now));
        }
        others.put(node, new Heard(told, strings(body.getJsonArray("ejected")), strings(body.getJsonArray("used"))));
    }

    private static Set<String> strings(JsonArray array) {
        return array.stream().map(String.class::cast).collect(Collectors.toCollection(HashSet::new));
    }

    /** Rendezvous hashing: the same on all nodes, and a node that comes or goes moves only what it probes. */
    private static long rank(String node, String probe) {
        long hash =
                0xcbf29ce484222325L; // FNV-1a, then MurmurHash3's finalizer: alone it leaves the last characters' mark
        String text = node + ' ' + probe;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
        hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return hash ^ (hash >>> 33);
    }
}
