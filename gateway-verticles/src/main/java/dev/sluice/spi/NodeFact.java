package dev.sluice.spi;

import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * What a node tells of itself, each second: the fact of type {@value #TYPE}.
 *
 * @param id its id
 * @param address where other nodes reach it, {@code host:port}; empty while it is alone
 * @param admin its admin API, {@code host:port}; empty for none
 * @param phase where it stands in its drain, such as {@code serving}
 * @param version of the gateway
 * @param started when it began to serve
 * @param configDigest of the configuration in use; empty before the first
 * @param configEpoch the number of the epoch that was pushed to all nodes and is in use; 0 for the node's files
 * @param configText SHA-256 of the text that was pushed, hex; empty for the node's files
 * @param traffic what passes through it
 */
public record NodeFact(
        String id,
        String address,
        String admin,
        String phase,
        String version,
        Instant started,
        String configDigest,
        long configEpoch,
        String configText,
        Traffic traffic) {

    /** The fact's type. */
    public static final String TYPE = "node";

    /** The newest version that is known here. */
    public static final int VERSION = 1;

    /**
     * What passes through a node.
     *
     * @param requestsPerSecond exchanges ended, in the last second
     * @param errorsPerSecond those of them with a status of 500 or more, with none, or as calls with a status like these
     * @param inFlight exchanges now
     * @param connections of clients now
     * @param requests exchanges ended, since the node's start
     * @param errors those of them with a status of 500 or more, with none, or as calls with a status like these
     */
    public record Traffic(
            double requestsPerSecond,
            double errorsPerSecond,
            long inFlight,
            long connections,
            long requests,
            long errors) {}

    /** The fact's body. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("address", address)
                .put("admin", admin)
                .put("phase", phase)
                .put("version", version)
                .put("started", started.toString())
                .put(
                        "config",
                        new JsonObject()
                                .put("digest", configDigest)
                                .put("epoch", configEpoch)
                                .put("text", configText))
                .put(
                        "traffic",
                        new JsonObject()
                                .put("requestsPerSecond", traffic.requestsPerSecond)
                                .put("errorsPerSecond", traffic.errorsPerSecond)
                                .put("inFlight", traffic.inFlight)
                                .put("connections", traffic.connections)
                                .put("requests", traffic.requests)
                                .put("errors", traffic.errors));
    }

    /**
     * Reads a body; what it has beyond the fields known here does not matter.
     *
     * @throws RuntimeException when a field is missing or not what it should be
     */
    public static NodeFact of(String id, JsonObject body) {
        JsonObject config = body.getJsonObject("config");
        JsonObject traffic = body.getJsonObject("traffic");
        return new NodeFact(
                id,
                text(body, "address"),
                text(body, "admin"),
                text(body, "phase"),
                text(body, "version"),
                Instant.parse(text(body, "started")),
                text(config, "digest"),
                config.getLong("epoch"),
                text(config, "text"),
                new Traffic(
                        traffic.getDouble("requestsPerSecond"),
                        traffic.getDouble("errorsPerSecond"),
                        traffic.getLong("inFlight"),
                        traffic.getLong("connections"),
                        traffic.getLong("requests"),
                        traffic.getLong("errors")));
    }

    private static String text(JsonObject json, String name) {
        String text = json.getString(name);
        if (text == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return text;
    }
}
