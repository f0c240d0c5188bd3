package dev.sluice.config.load;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Holds documents against the schema of their kind and words each mistake from the schema at its place. Schemas use few
 * keywords ({@link SchemaNode}), so one walk of our own does it: ten thousand routes in a fraction of a second.
 */
final class SchemaCheck {

    private final Map<Kind, SchemaNode> kinds = new EnumMap<>(Kind.class);

    /** Reports each mistake once. */
    void check(Kind kind, Document document, Problems problems) {
        check(document.field(), kinds.computeIfAbsent(kind, k -> SchemaNode.of(Schemas.of(k))), problems);
    }

    private static void check(Field field, SchemaNode schema, Problems problems) {
        Object value = field.value();
        if (!schema.takes(value)) {
            problems.add(field, wrongValue(field, schema.json()));
        } else if (value instanceof JsonObject object) {
            if (!object.fieldNames().containsAll(schema.required())) {
                missing(field, schema.json(), problems);
            }
            for (String name : object.fieldNames()) {
                SchemaNode child = schema.property(name);
                if (child == null) {
                    problems.addKey(field.at(name), unknown(name, schema.json()));
                } else {
                    check(field.at(name), child, problems);
                }
            }
        } else if (schema.items() != null) {
            for (Field item : field.items()) {
                check(item, schema.items(), problems);
            }
        }
    }

    private static void missing(Field field, JsonObject schema, Problems problems) {
        Set<String> known = schema.getJsonObject("properties").fieldNames();
        for (Object name : schema.getJsonArray("required")) {
            Field child = field.at((String) name);
            // A misspelt field is one mistake, told where it stands.
            boolean misspelt = Wording.isMisspelt(field.value(), (String) name, known);
            if (!child.exists() && !misspelt && !problems.has(child)) {
                String expected = expected(schema.getJsonObject("properties").getJsonObject((String) name));
                problems.add(child, "missing (expected: " + expected + ")");
            }
        }
    }

    private static String wrongValue(Field field, JsonObject schema) {
        if (field.value() instanceof JsonArray && "array".equals(schema.getValue("type"))) {
            return "empty (expected: at least one entry)";
        }
        JsonObject unsupported = schema.getJsonObject("x-unsupported-values");
        String text = field.text();
        if (unsupported != null && text != null && unsupported.containsKey(text)) {
            return Wording.show(text) + " is not supported: " + unsupported.getString(text);
        }
        String nearest = text == null ? null : Wording.nearest(text, texts(schema.getJsonArray("enum")));
        String hint = nearest == null ? "" : "; did you mean \"" + nearest + "\"?";
        String expected = expected(schema);
        if ("integer".equals(schema.getValue("type")) && !(field.value() instanceof Integer)) {
            expected = "a whole number in " + expected;
        } else if ("number".equals(schema.getValue("type")) && !(field.value() instanceof Number)) {
            expected = "a number in " + expected;
        }
        String shown = text != null && schema.containsKey("x-secret")
                ? text.codePointCount(0, text.length()) + " characters"
                : Wording.show(field.value());
        return shown + " (expected: " + expected + hint + ")";
    }

    private static String unknown(String name, JsonObject parent) {
        JsonObject unsupported = parent.getJsonObject("x-unsupported");
        if (unsupported != null && unsupported.containsKey(name)) {
            return "field \"" + name + "\" is not supported: " + unsupported.getString(name);
        }
        List<String> known = List.copyOf(parent.getJsonObject("properties").fieldNames());
        return "unknown field " + Wording.show(name) + Wording.hint(name, known);
    }

    /** What a schema takes, in words. */
    private static String expected(JsonObject schema) {
        String words = schema.getString("x-expected");
        if (words != null) {
            return words + range(schema);
        } else if (schema.containsKey("enum")) {
            return Wording.or(texts(schema.getJsonArray("enum")));
        } else if (schema.containsKey("minimum")) {
            return schema.getValue("minimum") + ".." + schema.getValue("maximum");
        }
        return switch (schema.getString("type")) {
            case "object" -> "a mapping" + names(schema.getJsonObject("properties"));
            case "array" -> "a list";
            case "boolean" -> "true or false";
            case "integer" -> "a whole number";
            default -> "a text";
        };
    }

    /** The range of a number, or of a duration, that has words of its own. */
    private static String range(JsonObject schema) {
        String x = schema.containsKey("x-minimum") ? "x-" : "";
        return schema.containsKey(x + "minimum")
                ? ", in " + schema.getValue(x + "minimum") + ".." + schema.getValue(x + "maximum")
                : "";
    }

    private static String names(@Nullable JsonObject properties) {
        return properties == null ? "" : " with " + String.join(", ", properties.fieldNames());
    }

    private static List<String> texts(@Nullable JsonArray values) {
        List<String> texts = new ArrayList<>();
        if (values != null) {
            values.forEach(value -> texts.add(String.valueOf(value)));
        }
        return texts;
    }
}
