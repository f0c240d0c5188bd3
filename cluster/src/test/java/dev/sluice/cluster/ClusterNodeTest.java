package dev.sluice.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.observe.ClusterCounters.Ignored;
import dev.sluice.spi.Cluster.Answer;
import dev.sluice.spi.Cluster.FactListener;
import dev.sluice.testkit.Eventually;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What three nodes tell and ask each other. */
@Tag("cluster")
class ClusterNodeTest {

    private static final Duration DEADLINE = Duration.ofSeconds(5);

    private static final TestNodes CLUSTER = new TestNodes(3);
    private static final ClusterNode ONE = CLUSTER.node(0, TestNodes.SECRET);
    private static final ClusterNode TWO = CLUSTER.node(1, TestNodes.SECRET);
    private static final ClusterNode THREE = CLUSTER.node(2, TestNodes.SECRET);

    @BeforeAll
    static void join() {
        CLUSTER.join(ONE, TWO, THREE);
    }

    @AfterAll
    static void close() {
        CLUSTER.close();
    }

    private static final class Heard implements FactListener {

        private final Map<String, JsonObject> facts = new ConcurrentHashMap<>();

        @Override
        public void told(String node, JsonObject body) {
            facts.put(node, body);
        }

        @Override
        public void gone(String node) {
            facts.remove(node);
        }
    }

    @Test
    void everyNodeSeesEveryNodeItselfFirst() {
        for (ClusterNode node : List.of(ONE, TWO, THREE)) {
            assertEquals(Set.of(ONE.self(), TWO.self(), THREE.self()), node.members());
            assertEquals(node.self(), node.members().iterator().next());
            assertFalse(node.isDegraded());
            assertEquals(3, node.counters().members());
        }
        assertEquals(CLUSTER.address(0).toString(), ONE.address());
    }

    @Test
    void theNewestFactReachesTheOthersAndNotOneself() {
        Heard one = new Heard();
        Heard two = new Heard();
        ONE.hear("colour", 1, one);
        TWO.hear("colour", 1, two);
        ONE.tell("colour", 1, new JsonObject().put("is", "red"));
        Eventually.holds(
                "two hears red", () -> two.facts.equals(Map.of(ONE.self(), new JsonObject().put("is", "red"))));
        ONE.tell("colour", 1, new JsonObject().put("is", "blue"));
        Eventually.holds(
                "two hears blue", () -> two.facts.equals(Map.of(ONE.self(), new JsonObject().put("is", "blue"))));
        assertEquals(Map.of(), one.facts);
    }

    @Test
    void whatIsToldBeforeSomebodyListensIsHeardAllTheSame() {
        Heard late = new Heard();
        TWO.tell("early", 1, new JsonObject());
        THREE.hear("early", 1, late);
        Eventually.holds("three hears two", () -> late.facts.containsKey(TWO.self()));
    }

    @Test
    void factsOfNewerNodesAreIgnoredAndCounted() {
        Heard old = new Heard();
        ONE.hear("mixed", 1, old);
        long newer = ONE.counters().count(Ignored.NEWER_VERSION);
        long unknown = ONE.counters().count(Ignored.UNKNOWN_TYPE);
        TWO.tell("mixed", 2, new JsonObject());
        TWO.tell("unheard-of", 1, new JsonObject());
        THREE.tell("mixed", 1, new JsonObject().put("field-of-the-future", true));
        Eventually.holds("one hears three", () -> old.facts.containsKey(THREE.self()));
        Eventually.holds("newer version", () -> ONE.counters().count(Ignored.NEWER_VERSION) > newer);
        Eventually.holds("unknown type", () -> ONE.counters().count(Ignored.UNKNOWN_TYPE) > unknown);
        assertFalse(old.facts.containsKey(TWO.self()));
    }

    @Test
    void aFactThatItsListenerCannotReadIsCounted() {
        long malformed = TWO.counters().count(Ignored.MALFORMED);
        TWO.hear("picky", 1, new FactListener() {
            @Override
            public void told(String node, JsonObject body) {
                throw new IllegalArgumentException("it lacks a field");
            }

            @Override
            public void gone(String node) {}
        });
        ONE.tell("picky", 1, new JsonObject());
        Eventually.holds("malformed", () -> TWO.counters().count(Ignored.MALFORMED) > malformed);
    }

    @Test
    void aQuestionIsAnsweredByTheNodeThatIsAsked() {
        for (ClusterNode node : List.of(ONE, TWO, THREE)) {
            node.answer(
                    "name",
                    1,
                    question -> Future.succeededFuture(
                            new JsonObject().put("me", node.self()).put("asker", question.node())));
        }
        for (ClusterNode asked : List.of(ONE, TWO, THREE)) {
            JsonObject answer = Eventually.get(ONE.ask(asked.self(), "name", 1, new JsonObject(), DEADLINE));
            assertEquals(new JsonObject().put("me", asked.self()).put("asker", ONE.self()), answer);
        }
        List<Answer> all = Eventually.get(TWO.askAll("name", 1, new JsonObject(), DEADLINE));
        assertEquals(List.copyOf(TWO.members()), all.stream().map(Answer::node).toList());
        all.forEach(answer -> assertNull(answer.failure()));
    }

    @Test
    void allAnswerOrSayWhyNotByTheDeadline() {
        ONE.answer("mood", 1, question -> Future.succeededFuture(new JsonObject().put("is", "fine")));
        TWO.answer("mood", 1, question -> Future.failedFuture("none of your business"));
        THREE.answer("mood", 1, question -> Future.future(promise -> {}));
        List<Answer> all = Eventually.get(ONE.askAll("mood", 1, new JsonObject(), Duration.ofMillis(300)));
        assertEquals(new Answer(ONE.self(), new JsonObject().put("is", "fine"), null), byNode(all, ONE));
        assertEquals(new Answer(TWO.self(), null, "none of your business"), byNode(all, TWO));
        String late = byNode(all, THREE).failure();
        assertTrue(late != null && late.contains("Timed out"), String.valueOf(late));
    }

    @Test
    void whatCannotBeAnsweredIsRefused() {
        TWO.answer("known", 1, question -> Future.succeededFuture(new JsonObject()));
        assertTrue(failure(ONE.ask(TWO.self(), "never-heard-of", 1, new JsonObject(), DEADLINE))
                .contains("never-heard-of (expected: one of"));
        assertTrue(failure(ONE.ask(TWO.self(), "known", 2, new JsonObject(), DEADLINE))
                .contains("known version 2 (expected: at most 1)"));
        assertTrue(failure(ONE.ask("nobody", "known", 1, new JsonObject(), DEADLINE))
                .contains("No handlers"));
    }

    private static Answer byNode(List<Answer> answers, ClusterNode node) {
        return answers.stream()
                .filter(answer -> answer.node().equals(node.self()))
                .findFirst()
                .orElseThrow();
    }

    private static String failure(Future<?> future) {
        return String.valueOf(Eventually.get(future.map(value -> "answered")
                .recover(failure -> Future.succeededFuture(String.valueOf(failure.getMessage())))));
    }
}
