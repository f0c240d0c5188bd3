package dev.sluice.config.load;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The JSON Schemas on the class path. References are replaced by what they refer to, which is possible since nothing
 * in the configuration is recursive; everything that reads a schema then sees a plain tree.
 *
 * <p>Annotations of our own serve the messages: {@code x-expected} (the value in words), {@code x-unsupported} (Gateway
 * API fields that Sluice refuses, with the reason) and {@code x-unsupported-values} (the same for values). {@code x-type}
 * is a short name for the reference. What {@code x-secret} marks is not shown in messages. {@code x-minimum} and {@code x-maximum} bound durations; {@code minimum} and
 * {@code maximum} also bound a number that is written as a text ({@link Sizes}).
 */
final class Schemas {

    private Schemas() {}

    /** The schema of a kind, without any {@code $ref}. */
    static JsonObject of(Kind kind) {
        JsonObject schema = read(kind.schema());
        JsonObject common = read("common.json");
        JsonObject plain = inlinedObject(schema, schema, common);
        plain.remove("$defs");
        return plain;
    }

    /** The schema of the value at the end of a path of property names and list indexes. */
    static JsonObject at(JsonObject schema, List<String> names) {
        JsonObject place = schema;
        for (String name : names) {
            JsonObject items = place.getJsonObject("items");
            JsonObject properties = place.getJsonObject("properties");
            place = items != null
                    ? items
                    : properties != null ? properties.getJsonObject(name) : place.getJsonObject("additionalProperties");
        }
        return place;
    }

    private static Object inlined(Object part, JsonObject schema, JsonObject common) {
        if (part instanceof JsonArray array) {
            return array.copy();
        }
        return part instanceof JsonObject object ? inlinedObject(object, schema, common) : part;
    }

    private static JsonObject inlinedObject(JsonObject object, JsonObject schema, JsonObject common) {
        JsonObject plain = new JsonObject();
        String reference = object.getString("$ref");
        if (reference != null) {
            JsonObject root = reference.startsWith("#") ? schema : common;
            String name = Pointers.lastName(reference);
            JsonObject target =
                    Objects.requireNonNull(root.getJsonObject("$defs").getJsonObject(name), reference);
            plain.mergeIn(inlinedObject(target, schema, common));
        }
        for (Map.Entry<String, Object> entry : object) {
            if (!entry.getKey().equals("$ref") && !entry.getKey().equals("$defs")) {
                plain.put(entry.getKey(), inlined(entry.getValue(), schema, common));
            }
        }
        return plain;
    }

    private static JsonObject read(String name) {
        try (InputStream in = Objects.requireNonNull(Schemas.class.getResourceAsStream("/schema/" + name), name)) {
            return new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
