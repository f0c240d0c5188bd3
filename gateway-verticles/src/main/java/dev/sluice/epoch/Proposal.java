package dev.sluice.epoch;

import dev.sluice.config.Defaults;
import dev.sluice.epoch.NodeVerdict.Answer;
import dev.sluice.epoch.PushOutcome.Result;
import dev.sluice.spi.Cluster;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One push, from the node that it came to: all nodes in sight prepare it, then all activate it. The node with the lowest
 * id is asked first and alone, so that of two pushes at a time one wins, and not none.
 */
final class Proposal {

    static final String PREPARE = "config.prepare";
    static final String RELEASE = "config.release";
    static final String ACTIVATE = "config.activate";
    static final int VERSION = 1;

    private final Cluster cluster;
    private final Epoch epoch;
    private final Epoch before;
    private final boolean dryRun;
    private final String id;
    private final List<String> nodes;

    /** @param id which no other proposal has */
    Proposal(Cluster cluster, String id, Epoch epoch, Epoch before, boolean dryRun) {
        this.cluster = cluster;
        this.id = id;
        this.epoch = epoch;
        this.before = before;
        this.dryRun = dryRun;
        nodes = cluster.members().stream().sorted().toList();
    }

    /** Never fails. */
    Future<PushOutcome> run() {
        return ask(nodes.get(0), PREPARE, prepare(), Defaults.PUSH_PREPARE_TIMEOUT)
                .compose(first -> isNoUse(first) ? Future.succeededFuture(List.of(first)) : askOthers(first))
                .compose(this::decide);
    }

    /** Has all these nodes use an epoch, one that is newer than all that they have. */
    static Future<List<NodeVerdict>> activate(Cluster cluster, List<String> nodes, Epoch epoch) {
        return all(nodes.stream()
                .map(node -> ask(cluster, node, ACTIVATE, epoch.toJson(), Defaults.PUSH_ACTIVATE_TIMEOUT))
                .toList());
    }

    private static boolean isNoUse(NodeVerdict verdict) {
        return verdict.answer() == Answer.CONFLICT || verdict.answer() == Answer.FAILED;
    }

    private Future<List<NodeVerdict>> askOthers(NodeVerdict first) {
        List<Future<NodeVerdict>> answers = new ArrayList<>();
        answers.add(Future.succeededFuture(first));
        for (String node : nodes.subList(1, nodes.size())) {
            answers.add(ask(node, PREPARE, prepare(), Defaults.PUSH_PREPARE_TIMEOUT));
        }
        return all(answers);
    }

    private Future<PushOutcome> decide(List<NodeVerdict> prepared) {
        Result result = has(prepared, Answer.CONFLICT)
                ? Result.CONFLICT
                : has(prepared, Answer.REFUSED)
                        ? Result.REFUSED
                        : has(prepared, Answer.FAILED) ? Result.UNANSWERED : Result.VALID;
        if (result == Result.VALID && !dryRun) {
            return activate(cluster, nodes, epoch).compose(this::conclude);
        }
        release();
        return Future.succeededFuture(new PushOutcome(result, dryRun ? 0 : epoch.number(), prepared, reason(prepared)));
    }

    private Future<PushOutcome> conclude(List<NodeVerdict> activated) {
        // A node that has gone meanwhile takes its configuration with it.
        List<NodeVerdict> present = activated.stream()
                .filter(verdict ->
                        verdict.answer() != Answer.FAILED || cluster.members().contains(verdict.node()))
                .toList();
        if (!has(present, Answer.FAILED)) {
            return Future.succeededFuture(new PushOutcome(Result.ACTIVATED, epoch.number(), present, ""));
        }
        String reason = reason(present);
        return activate(cluster, nodes, epoch.rollback(before, cluster.self(), reason))
                .map(back -> new PushOutcome(
                        Result.ROLLED_BACK,
                        epoch.number(),
                        present,
                        has(back, Answer.FAILED) ? reason + "; not all are back: " + reason(back) : reason));
    }

    private void release() {
        if (!dryRun) {
            JsonObject body = new JsonObject().put("id", id);
            for (String node : nodes) {
                // One that does not hear of it lets go by itself.
                var unused = cluster.ask(node, RELEASE, VERSION, body, Defaults.PUSH_PREPARE_TIMEOUT);
            }
        }
    }

    private JsonObject prepare() {
        return new JsonObject()
                .put("id", id)
                .put("number", epoch.number())
                .put("text", epoch.text())
                .put("dryRun", dryRun);
    }

    private Future<NodeVerdict> ask(String node, String type, JsonObject question, Duration deadline) {
        return ask(cluster, node, type, question, deadline);
    }

    private static Future<NodeVerdict> ask(
            Cluster cluster, String node, String type, JsonObject question, Duration deadline) {
        return cluster.ask(node, type, VERSION, question, deadline)
                .map(answer -> NodeVerdict.of(node, answer))
                .otherwise(failure -> NodeVerdict.failed(node, String.valueOf(failure.getMessage())));
    }

    /** None of them fails. */
    private static Future<List<NodeVerdict>> all(List<Future<NodeVerdict>> answers) {
        return Future.join(answers).map(done -> done.<NodeVerdict>list());
    }

    private static boolean has(List<NodeVerdict> verdicts, Answer answer) {
        return verdicts.stream().anyMatch(verdict -> verdict.answer() == answer);
    }

    private static String reason(List<NodeVerdict> verdicts) {
        return verdicts.stream()
                .filter(verdict -> verdict.answer() != Answer.ACCEPTED)
                .map(verdict -> "node " + verdict.node() + ": "
                        + (verdict.answer() == Answer.REFUSED
                                ? verdict.problems().size() + " problems, the first: "
                                        + verdict.problems().get(0)
                                : verdict.reason()))
                .collect(Collectors.joining("; "));
    }
}
