package dev.sluice.config.load;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Holds documents against the schema of their kind. The validator finds the places; the messages are made here, from
 * the schema at that place, since its own are meant for programmers.
 */
final class SchemaCheck {

    private static final String BASE_URI = "https://sluice.dev/schema/";

    private record Checked(JsonObject schema, Validator validator) {}

    private final Map<Kind, Checked> kinds = new EnumMap<>(Kind.class);

    /** Reports each mistake once. */
    void check(Kind kind, Document document, Problems problems) {
        Checked checked = kinds.computeIfAbsent(kind, SchemaCheck::load);
        OutputUnit result = checked.validator.validate(document.root());
        if (!Boolean.TRUE.equals(result.getValid()) && result.getErrors() != null) {
            for (OutputUnit error : result.getErrors()) {
                report(error, checked.schema, document, problems);
            }
            if (!problems.hasAny(document)) {
                throw new IllegalStateException("a schema uses a keyword that has no message: " + result.getErrors());
            }
        }
    }

    private static Checked load(Kind kind) {
        JsonObject schema = Schemas.of(kind);
        JsonSchemaOptions options = new JsonSchemaOptions()
                .setBaseUri(BASE_URI)
                .setDraft(Draft.DRAFT202012)
                .setOutputFormat(OutputFormat.Basic);
        return new Checked(schema, Validator.create(JsonSchema.of(schema.copy()), options));
    }

    private static void report(OutputUnit error, JsonObject root, Document document, Problems problems) {
        Field field = field(document, error.getInstanceLocation());
        String location = error.getKeywordLocation();
        switch (location.substring(location.lastIndexOf('/') + 1)) {
            case "type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems" -> {
                problems.add(field, wrongValue(field, Schemas.at(root, Pointers.names(field.pointer()))));
            }
            case "required" -> missing(field, Schemas.at(root, Pointers.names(field.pointer())), problems);
            case "additionalProperties" -> {
                String name = Pointers.lastName(field.pointer());
                JsonObject parent = Schemas.at(root, Pointers.names(Pointers.parent(field.pointer())));
                // The validator also says so of known fields that have problems of their own.
                if (parent.containsKey("properties")
                        && !parent.getJsonObject("properties").containsKey(name)) {
                    problems.addKey(field, unknown(name, parent));
                }
            }
            default -> {
                // The keywords that only pass on what lies below (properties, items).
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
        if (field.value() instanceof JsonArray && "array".equals(schema.getString("type"))) {
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
        if (schema.containsKey("minimum") && !(field.value() instanceof Integer)) {
            expected = "a whole number in " + expected;
        }
        return Wording.show(field.value()) + " (expected: " + expected + hint + ")";
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
            return words;
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

    /** The validator writes pointers as URI fragments. */
    private static Field field(Document document, String fragment) {
        String pointer = URLDecoder.decode(fragment.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
        Field field = document.field();
        for (String name : Pointers.names(pointer)) {
            field = field.value() instanceof JsonArray ? field.items().get(Integer.parseInt(name)) : field.at(name);
        }
        return field;
    }
}
