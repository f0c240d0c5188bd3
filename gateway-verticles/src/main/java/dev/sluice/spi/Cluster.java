package dev.sluice.spi;

import dev.sluice.observe.ClusterCounters;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The gateways that this one acts together with. It is a help and never a need: every method returns at once, alone or
 * in a cluster that is split or gone, and whoever builds on it says what holds then.
 *
 * <p>There are two ways to speak. <b>Facts</b> are what a node says of itself, again and again: the newest of each type
 * replaces the one before, reaches the others within {@link dev.sluice.config.Defaults#CLUSTER_FACT_INTERVAL}, and is
 * forgotten when it is not repeated for {@link dev.sluice.config.Defaults#CLUSTER_FACT_TTL}. They fit small state that
 * all should know. <b>Questions</b> go to one node or to all and are answered once, or not in time. They fit what is
 * asked on demand, and commands.
 *
 * <p>Nodes of different versions live together while a cluster is rolled. So both carry a type and a version, a body
 * may gain fields without a new version, and what a node does not know it ignores and counts.
 *
 * <p>Listeners and answers are called on the Vert.x context on which they were given, and so complete futures on the
 * context of the caller; without a context, on any thread. All methods may be called from any thread.
 */
public interface Cluster extends NodeLeave {

    /** This node's id: unique in the cluster, new at every start, made of the host's name for people to recognise. */
    String self();

    /** Whether this node was configured to be one of several. */
    boolean isClustered();

    /** Whether less than the majority of the nodes that should be there is in sight; never for a node on its own. */
    boolean isDegraded();

    /** The ids of all nodes in sight, this one's first; those that died are among them until that is noticed. */
    Set<String> members();

    /** Where other nodes reach this one, as {@code host:port}; empty for a node on its own or one that has not joined. */
    String address();

    /** Begins to join, in the background and for as long as it takes; called once, when the node serves. */
    void join();

    /**
     * Leaves for good and in order: hands over what others need, and stays until they have noticed.
     *
     * @return completes when it is over; never fails
     */
    @Override
    Future<?> leave();

    /** Tells a fact from now on, in place of the one of the same type. */
    void tell(String type, int version, JsonObject body);

    /**
     * Listens to one type of fact.
     *
     * @param newest the newest version that the listener knows; facts of a newer one are ignored and counted
     */
    void hear(String type, int newest, FactListener listener);

    /**
     * Answers one type of question.
     *
     * @param newest the newest version that the answerer knows; newer ones are refused
     * @param answerer gives the answer, or a failure whose message the asker gets
     */
    void answer(String type, int newest, Function<Question, Future<JsonObject>> answerer);

    /**
     * Asks one node, which may be this one.
     *
     * @return fails when there is no such node, when it refuses, or when there is no answer in time
     */
    Future<JsonObject> ask(String node, String type, int version, JsonObject question, Duration deadline);

    /**
     * Asks all nodes in sight, this one included.
     *
     * @return one answer for each, in the order of {@link #members()}, at the deadline at the latest; never fails
     */
    Future<List<Answer>> askAll(String type, int version, JsonObject question, Duration deadline);

    /** Who may drain now. Split, each part of the cluster gives permits of its own; alone, everybody may. */
    DrainPermits drainPermits();

    /** The token buckets that the nodes share. */
    default RateLimitLeases rateLimitLeases() {
        return RateLimitLeases.NONE;
    }

    /** What the metrics show. */
    ClusterCounters counters();

    /** Hears facts of one type, of other nodes only. Throwing means that a fact was malformed. */
    interface FactListener {

        /** A node has told something, possibly what it had told before. */
        void told(String node, JsonObject body);

        /** What a node had told does not hold any more: it has left, or was not heard of for too long. */
        void gone(String node);
    }

    /**
     * What another node, or this one, wants to know.
     *
     * @param node who asks
     * @param version of the question's type
     */
    record Question(String node, int version, JsonObject body) {}

    /**
     * What one node has answered.
     *
     * @param node who was asked
     * @param body null when there is a failure
     * @param failure for people; null when there is a body
     */
    record Answer(String node, @Nullable JsonObject body, @Nullable String failure) {}
}
