package dev.sluice.admin;

import dev.sluice.config.Defaults;
import dev.sluice.spi.Cluster;
import dev.sluice.spi.Cluster.Answer;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * One type of question about what gateways do at this moment: answered here, and put to this one alone or to all nodes.
 * Nothing is kept between questions. Used on the admin API's event loop alone.
 */
final class NodeQuestion {

    private static final int VERSION = 1;

    private final Cluster cluster;
    private final String type;
    private final Function<JsonObject, Future<JsonObject>> local;

    /**
     * Answers it from now on; call on the admin API's event loop.
     *
     * @param local this gateway's answer
     */
    NodeQuestion(Cluster cluster, String type, Function<JsonObject, Future<JsonObject>> local) {
        this.cluster = cluster;
        this.type = type;
        this.local = local;
        cluster.answer(type, VERSION, question -> local.apply(question.body()));
    }

    /**
     * Asks.
     *
     * @param everywhere all nodes in sight, and not only this one
     * @return never fails because of another node
     */
    Future<List<Answer>> ask(JsonObject question, boolean everywhere) {
        return everywhere
                ? cluster.askAll(type, VERSION, question, Defaults.ADMIN_NODE_TIMEOUT)
                : local.apply(question).map(body -> List.of(new Answer(cluster.self(), body, null)));
    }

    /** Asks one node. */
    Future<JsonObject> ask(String node, JsonObject question) {
        return cluster.ask(node, type, VERSION, question, Defaults.ADMIN_NODE_TIMEOUT);
    }

    /**
     * What all answers come to: how many there are, and which nodes gave none.
     *
     * @param each gets the node and the body of each answer
     */
    static JsonObject gather(List<Answer> answers, BiConsumer<String, JsonObject> each) {
        int answered = 0;
        JsonArray unanswered = new JsonArray();
        for (Answer answer : answers) {
            JsonObject body = answer.body();
            if (body == null) {
                unanswered.add(new JsonObject().put("node", answer.node()).put("error", answer.failure()));
            } else {
                answered++;
                each.accept(answer.node(), body);
            }
        }
        return new JsonObject().put("nodes", answered).put("unanswered", unanswered);
    }
}
