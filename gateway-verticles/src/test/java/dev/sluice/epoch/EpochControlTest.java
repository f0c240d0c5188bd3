package dev.sluice.epoch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Defaults;
import dev.sluice.epoch.Epoch.Origin;
import dev.sluice.epoch.NodeVerdict.Answer;
import dev.sluice.epoch.NodesInMemory.Node;
import dev.sluice.epoch.PushOutcome.Result;
import dev.sluice.testkit.Eventually;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What three nodes agree upon, step by step. */
class EpochControlTest {

    private final NodesInMemory nodes = new NodesInMemory();
    private final Node a = nodes.start("a");
    private final Node b = nodes.start("b");
    private final Node c = nodes.start("c");

    @Test
    void allActivateTheSameEpoch() {
        assertEquals(0, a.epoch());
        PushOutcome outcome = Eventually.get(b.push("one"));
        assertEquals(Result.ACTIVATED, outcome.result());
        assertEquals(1, outcome.epoch());
        assertEquals(3, outcome.nodes().size());
        for (Node node : List.of(a, b, c)) {
            assertEquals(1, node.epoch());
            assertEquals(List.of("one"), node.activated);
            assertEquals("b", node.status.epoch().proposer());
        }
        assertEquals(2, Eventually.get(c.push("two")).epoch());
        assertEquals(2, a.epoch());
    }

    @Test
    void oneThatRefusesKeepsAllFromIt() {
        c.refused.add("bad");
        PushOutcome outcome = Eventually.get(a.push("bad"));
        assertEquals(Result.REFUSED, outcome.result());
        assertEquals("node c: 1 problems, the first: pushed:3:5 /spec: bad", outcome.reason());
        NodeVerdict verdict = outcome.nodes().get(2);
        assertEquals(Answer.REFUSED, verdict.answer());
        assertEquals(5, verdict.problems().get(0).column());
        for (Node node : List.of(a, b, c)) {
            assertEquals(0, node.epoch());
            assertEquals(List.of(), node.activated);
        }
        assertEquals(Result.ACTIVATED, Eventually.get(b.push("good")).result(), "and nobody stays prepared");
    }

    @Test
    void aDryRunChangesNothing() {
        PushOutcome outcome = Eventually.get(a.control.propose(new Push("one", Duration.ZERO, true)));
        assertEquals(Result.VALID, outcome.result());
        assertEquals(0, outcome.epoch());
        assertEquals(List.of(), b.activated);
        assertEquals(1, Eventually.get(b.push("two")).epoch());
    }

    @Test
    void ofTwoAtATimeOneWins() {
        nodes.holding.add(Proposal.PREPARE);
        Future<PushOutcome> first = b.push("of b");
        Future<PushOutcome> second = c.push("of c");
        assertEquals(2, nodes.held.size(), "both have asked a first");
        nodes.release();
        assertEquals(Result.ACTIVATED, Eventually.get(first).result());
        PushOutcome lost = Eventually.get(second);
        assertEquals(Result.CONFLICT, lost.result());
        assertEquals("node a: epoch 1 is in use, from node b (offered: epoch 1)", lost.reason());
        assertEquals(List.of("of b"), c.activated);
    }

    @Test
    void whoComesWhileOthersPrepareIsToldByWhom() {
        nodes.holding.add(Proposal.ACTIVATE);
        Future<PushOutcome> first = a.push("of a");
        nodes.held.clear(); // a alone has activated, b and c hold on to what they have prepared
        PushOutcome lost = Eventually.get(b.push("of b"));
        assertEquals(Result.CONFLICT, lost.result());
        assertEquals("node a: epoch 1 is in use, from node a (offered: epoch 1)", lost.reason());

        a.die();
        Future<PushOutcome> next = b.push("again of b");
        assertEquals(1, nodes.held.size(), "b holds nothing for who is gone, and tells c");
        nodes.release();
        assertEquals(Result.ACTIVATED, Eventually.get(next).result());
        assertEquals("again of b", c.status.epoch().text());
        assertTrue(!first.isComplete());
    }

    @Test
    void whatIsPreparedExpires() {
        nodes.holding.add(Proposal.ACTIVATE);
        Future<PushOutcome> unused = b.push("lost");
        nodes.held.clear(); // only b has activated; a and c hear nothing
        nodes.holding.clear();
        PushOutcome refused = Eventually.get(c.push("too early"));
        assertEquals("node a: epoch 1 is being prepared by node b", refused.reason());
        nodes.pass(Defaults.PUSH_CLAIM);
        nodes.tell(); // and meanwhile a and c have asked b
        assertEquals("lost", a.status.epoch().text());
        assertEquals("lost", c.status.epoch().text());
        assertEquals(2, Eventually.get(c.push("in time")).epoch());
    }

    @Test
    void oneThatCannotActivateTakesAllBack() {
        Eventually.get(a.push("good"));
        b.failing.add("bad");
        PushOutcome outcome = Eventually.get(c.push("bad"));
        assertEquals(Result.ROLLED_BACK, outcome.result());
        assertEquals("node b: cannot listen on *:80: address already in use", outcome.reason());
        assertEquals(2, outcome.epoch());
        for (Node node : List.of(a, b, c)) {
            assertEquals(List.of("good", "bad", "good"), node.activated);
            assertEquals(3, node.epoch());
            assertEquals(Origin.ROLLBACK, node.status.epoch().origin());
            assertEquals(2, node.status.epoch().replaces());
            assertEquals(outcome.reason(), node.status.epoch().reason());
            assertEquals(List.of(), node.status.errors());
        }
    }

    @Test
    void theFirstOneIsTakenBackToTheFiles() {
        b.failing.add("bad");
        assertEquals(Result.ROLLED_BACK, Eventually.get(a.push("bad")).result());
        assertEquals(List.of("bad", "files"), c.activated);
        assertNull(c.status.epoch().text());
    }

    @Test
    void aWithdrawalIsAnEpochToo() {
        Eventually.get(a.push("one"));
        PushOutcome outcome = Eventually.get(b.push(null));
        assertEquals(Result.ACTIVATED, outcome.result());
        assertEquals(2, outcome.epoch());
        assertEquals(List.of("one", "files"), c.activated);
        assertEquals(Origin.WITHDRAWAL, c.status.epoch().origin());
    }

    @Test
    void oneThatDoesNotAnswerKeepsAllFromIt() {
        nodes.holding.add(Proposal.PREPARE);
        Future<PushOutcome> push = a.push("one");
        assertTrue(!push.isComplete());
        c.cutOff.add("a"); // seen when the proposal began, and gone now
        nodes.release();
        PushOutcome outcome = Eventually.get(push);
        assertEquals(Result.UNANSWERED, outcome.result());
        assertEquals("node c: no answer", outcome.reason());
        assertEquals(List.of(), a.activated);
    }

    @Test
    void oneThatDiesInBetweenIsNoFailure() {
        nodes.holding.add(Proposal.ACTIVATE);
        Future<PushOutcome> push = a.push("one");
        c.die();
        nodes.release();
        PushOutcome outcome = Eventually.get(push);
        assertEquals(Result.ACTIVATED, outcome.result());
        assertEquals(2, outcome.nodes().size());
        assertEquals(List.of("one"), b.activated);
    }

    @Test
    void oneThatJoinsTakesOverWhatAllHave() {
        Eventually.get(a.push("one"));
        Eventually.get(a.push("two"));
        Node d = nodes.start("d");
        assertEquals(0, d.epoch());
        nodes.tell();
        assertEquals(2, d.epoch());
        assertEquals(List.of("two"), d.activated);
        nodes.tell();
        assertEquals(List.of("two"), d.activated, "once");
        assertEquals(3, Eventually.get(d.push("three")).epoch());
        assertEquals("three", a.status.epoch().text());
    }

    @Test
    void oneThatCannotTakeItOverKeepsWhatItHasAndTriesAgain() {
        Eventually.get(a.push("one"));
        Node d = nodes.start("d");
        d.refused.add("one");
        nodes.tell();
        assertEquals(0, d.epoch());
        assertEquals("epoch 1: refused", d.status.behind());
        d.refused.clear();
        nodes.tell();
        assertEquals(0, d.epoch(), "not at once");
        nodes.pass(Defaults.PUSH_CATCH_UP_RETRY);
        nodes.tell();
        assertEquals(1, d.epoch());
        assertEquals("", d.status.behind());
    }

    @Test
    void partsThatMeetAgainTakeTheGreaterEpoch() {
        c.cutOff.addAll(List.of("a", "b"));
        Eventually.get(a.push("of a and b"));
        Eventually.get(c.push("of c"));
        Eventually.get(c.push("of c again"));
        assertEquals(1, b.epoch());
        assertEquals(2, c.epoch());
        c.cutOff.clear();
        nodes.tell();
        for (Node node : List.of(a, b, c)) {
            assertEquals("of c again", node.status.epoch().text());
        }
    }

    @Test
    void ofEqualEpochsTheGreaterDigestWins() {
        c.cutOff.addAll(List.of("a", "b"));
        Eventually.get(a.push("x"));
        Eventually.get(c.push("y"));
        String winner = Epoch.digest("x").compareTo(Epoch.digest("y")) > 0 ? "x" : "y";
        c.cutOff.clear();
        nodes.tell();
        for (Node node : List.of(a, b, c)) {
            assertEquals(1, node.epoch());
            assertEquals(winner, node.status.epoch().text());
        }
    }

    @Test
    void errorsThatJumpTakeAllBack() {
        traffic(a, 100, 1);
        Eventually.get(b.push("bad"));
        EpochStatus.Watched begun = b.status.watch();
        assertNotNull(begun);
        assertEquals(0.01, begun.shareBefore());
        // Eleven of a hundred: one more than there may be, though no node alone has enough requests to tell.
        c.requests += 15;
        c.errors += 2;
        nodes.tell();
        assertEquals(1, a.epoch(), "fewer than twenty requests say nothing");
        a.requests += 5;
        a.errors += 1;
        nodes.tell();
        for (Node node : List.of(a, b, c)) {
            assertEquals(2, node.epoch());
            assertEquals(List.of("bad", "files"), node.activated);
            assertNull(node.status.watch());
            assertEquals(
                    "error rate: 3 of 20 requests failed since epoch 1 is in use, 1.0 % before",
                    node.status.epoch().reason());
        }
    }

    @Test
    void errorsThatWereThereBeforeAreNoJump() {
        traffic(a, 100, 40);
        Eventually.get(b.push("as before"));
        traffic(a, 100, 49);
        assertEquals(1, a.epoch());
        traffic(a, 100, 51);
        assertEquals(2, a.epoch());
    }

    @Test
    void theWatchEnds() {
        Eventually.get(b.push("good", Duration.ofSeconds(10)));
        traffic(a, 100, 0);
        nodes.pass(Duration.ofSeconds(10));
        nodes.tell();
        assertNull(b.status.watch());
        traffic(a, 1000, 1000);
        assertEquals(1, a.epoch());
    }

    @Test
    void withoutAWatchErrorsChangeNothing() {
        Eventually.get(b.push("bad", Duration.ZERO));
        traffic(a, 100, 100);
        assertEquals(1, a.epoch());
        assertNull(a.status.watch());
    }

    @Test
    void anotherWatchesWhenTheProposerDies() {
        Eventually.get(b.push("bad"));
        traffic(a, 1, 0);
        b.die();
        traffic(a, 100, 100);
        assertEquals(2, a.epoch());
        assertEquals("a", a.status.epoch().proposer());
        assertEquals(List.of("bad", "files"), c.activated);
        assertNotEquals("b", c.status.epoch().proposer());
    }

    @Test
    void aNodeThatComesIsNoTraffic() {
        Eventually.get(b.push("good"));
        Node d = nodes.start("d");
        d.requests = 1000;
        d.errors = 1000;
        nodes.tell();
        nodes.tell();
        assertEquals(1, a.epoch());
    }

    /** Passes through a node, and all hear of it. */
    private void traffic(Node node, long requests, long errors) {
        nodes.tell();
        node.requests += requests;
        node.errors += errors;
        nodes.tell();
    }
}
