package dev.sluice.epoch;

import dev.sluice.config.ConfigProblem;
import dev.sluice.epoch.NodeConfig.Trial;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What one node says to a proposal.
 *
 * @param node its id
 * @param answer what kind of answer that is
 * @param digest of the configuration that it would have or has; empty when it has refused
 * @param problems why it refuses the configuration; empty otherwise
 * @param reason why it does not take part, or what does not work; empty when all is well
 */
public record NodeVerdict(String node, Answer answer, String digest, List<ConfigProblem> problems, String reason) {

    /** What a node may say. */
    public enum Answer {
        ACCEPTED,
        REFUSED,
        CONFLICT,
        FAILED
    }

    public NodeVerdict {
        problems = List.copyOf(problems);
    }

    static NodeVerdict of(String node, Trial trial) {
        Answer answer = trial.problems().isEmpty() ? Answer.ACCEPTED : Answer.REFUSED;
        return new NodeVerdict(node, answer, trial.digest(), trial.problems(), "");
    }

    static NodeVerdict conflict(String node, String reason) {
        return new NodeVerdict(node, Answer.CONFLICT, "", List.of(), reason);
    }

    /** It could not be asked, has not answered, or could not activate. */
    static NodeVerdict failed(String node, String reason) {
        return new NodeVerdict(node, Answer.FAILED, "", List.of(), reason);
    }

    static NodeVerdict activated(String node, List<String> errors) {
        return errors.isEmpty()
                ? new NodeVerdict(node, Answer.ACCEPTED, "", List.of(), "")
                : failed(node, String.join("; ", errors));
    }

    JsonObject toJson() {
        JsonArray listed = new JsonArray();
        problems.forEach(problem -> listed.add(new JsonObject()
                .put("file", problem.file())
                .put("line", problem.line())
                .put("column", problem.column())
                .put("pointer", problem.pointer())
                .put("message", problem.message())));
        return new JsonObject()
                .put("answer", answer.name())
                .put("digest", digest)
                .put("problems", listed)
                .put("reason", reason);
    }

    /**
     * Reads what {@link #toJson} wrote on this node.
     *
     * @throws RuntimeException when a field is missing or not what it should be
     */
    static NodeVerdict of(String node, JsonObject json) {
        JsonArray listed = json.getJsonArray("problems");
        List<ConfigProblem> problems = IntStream.range(0, listed.size())
                .mapToObj(listed::getJsonObject)
                .map(problem -> new ConfigProblem(
                        problem.getString("file"),
                        problem.getInteger("line"),
                        problem.getInteger("column"),
                        problem.getString("pointer"),
                        problem.getString("message")))
                .toList();
        return new NodeVerdict(
                node,
                Answer.valueOf(json.getString("answer")),
                json.getString("digest"),
                problems,
                json.getString("reason"));
    }
}
