package dev.sluice.config.load;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Schema (draft 2020-12) of one value, ready to be held against it. Only the keywords that the schemas of Sluice
 * use; another one is refused, so that none is passed over in silence.
 *
 * @param json as written, to word messages from
 * @param types of which a value may be; none for any
 * @param required names that an object must have
 * @param properties schemas of an object's entries
 * @param others schema of the entries that {@code properties} does not name; null when there may be none
 * @param items schema of a list's entries; null when they may be anything
 */
record SchemaNode(
        JsonObject json,
        Set<Object> types,
        Set<Object> values,
        @Nullable Pattern pattern,
        Set<String> required,
        Map<String, SchemaNode> properties,
        @Nullable SchemaNode others,
        @Nullable SchemaNode items) {

    /** What a value may be that has no schema. */
    private static final SchemaNode ANYTHING =
            new SchemaNode(new JsonObject(), Set.of(), Set.of(), null, Set.of(), Map.of(), null, null);

    private static final Set<String> KNOWN = Set.of(
            "type",
            "enum",
            "pattern",
            "minimum",
            "maximum",
            "minLength",
            "maxLength",
            "minItems",
            "required",
            "properties",
            "additionalProperties",
            "items");

    private static final Set<String> ANNOTATIONS = Set.of(
            "$schema",
            "$id",
            "title",
            "description",
            "default",
            "x-type",
            "x-expected",
            "x-minimum",
            "x-maximum",
            "x-secret",
            "x-unsupported",
            "x-unsupported-values");

    /** @param schema without {@code $ref} */
    static SchemaNode of(JsonObject schema) {
        Map<String, SchemaNode> properties = new HashMap<>();
        Set<Object> types = new HashSet<>();
        Set<Object> values = new HashSet<>();
        Set<String> required = new HashSet<>();
        for (String keyword : schema.fieldNames()) {
            if (!KNOWN.contains(keyword) && !ANNOTATIONS.contains(keyword)) {
                throw new IllegalArgumentException("the keyword " + keyword + " (expected: one of " + KNOWN + ")");
            }
        }
        for (Map.Entry<String, Object> property : schema.getJsonObject("properties", new JsonObject())) {
            properties.put(property.getKey(), of((JsonObject) property.getValue()));
        }
        if (schema.getValue("type") instanceof JsonArray several) {
            several.forEach(types::add);
        } else if (schema.containsKey("type")) {
            types.add(schema.getString("type"));
        }
        schema.getJsonArray("enum", new JsonArray()).forEach(values::add);
        schema.getJsonArray("required", new JsonArray()).forEach(name -> required.add((String) name));
        String pattern = schema.getString("pattern");
        JsonObject items = schema.getJsonObject("items");
        Object others = schema.getValue("additionalProperties", true);
        return new SchemaNode(
                schema,
                types,
                values,
                pattern == null ? null : Pattern.compile(pattern),
                required,
                properties,
                others instanceof JsonObject other ? of(other) : others.equals(true) ? ANYTHING : null,
                items == null ? null : of(items));
    }

    /** The schema of an object's entry; null when there may be none of that name. */
    @Nullable
    SchemaNode property(String name) {
        SchemaNode property = properties.get(name);
        if (property != null) {
            return property;
        }
        return types.isEmpty() ? this : others; // what is below anything is anything
    }

    /** Whether a value fits by itself; what an object or a list holds is not looked at. */
    boolean takes(@Nullable Object value) {
        boolean typed = types.isEmpty() || types.stream().anyMatch(type -> takes((String) type, value));
        return typed && (values.isEmpty() || values.contains(value));
    }

    private boolean takes(String type, @Nullable Object value) {
        return switch (type) {
            case "object" -> value instanceof JsonObject;
            case "array" -> value instanceof JsonArray list && list.size() >= json.getInteger("minItems", 0);
            case "string" -> value instanceof String text && hasLength(text) && matches(text) && isInRange(text);
            case "boolean" -> value instanceof Boolean;
            case "integer" -> value instanceof Number number && isWhole(number) && isInRange(number);
            case "number" -> value instanceof Number number && isInRange(number);
            default -> throw new IllegalStateException("the type " + type);
        };
    }

    private boolean hasLength(String text) {
        int length = text.codePointCount(0, text.length());
        return length >= json.getInteger("minLength", 0) && length <= json.getInteger("maxLength", Integer.MAX_VALUE);
    }

    private boolean matches(String text) {
        return pattern == null || pattern.matcher(text).find();
    }

    /** Of a text that stands for a duration or for a number. */
    private boolean isInRange(String text) {
        if (json.containsKey("x-minimum") && !text.equals(Durations.NEVER)) {
            Duration duration = Durations.parse(text);
            return duration.compareTo(Durations.parse(json.getString("x-minimum"))) >= 0
                    && duration.compareTo(Durations.parse(json.getString("x-maximum"))) <= 0;
        }
        return !json.containsKey("minimum") || text.equals(Sizes.UNLIMITED) || isInRange(Sizes.parse(text));
    }

    private static boolean isWhole(Number number) {
        return number.doubleValue() == Math.rint(number.doubleValue());
    }

    private boolean isInRange(Number number) {
        return number.doubleValue() >= json.getDouble("minimum", Double.NEGATIVE_INFINITY)
                && number.doubleValue() <= json.getDouble("maximum", Double.POSITIVE_INFINITY);
    }
}
