package dev.sluice.config.load;

import dev.sluice.config.Defaults;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Writes {@code docs/configuration.md} from the schemas, the defaults and the example. */
final class ConfigurationReference {

    private static final Path EXAMPLE = Path.of("src/test/resources/reference/example.yaml");
    private static final Path DEFAULTS = Path.of("src/main/java/dev/sluice/config/Defaults.java");
    private static final Pattern CONSTANT =
            Pattern.compile("(?s)/\\*\\*(?<why>(?:(?!\\*/).)*)\\*/\\s+public static final \\S+ (?<name>[A-Z0-9_]+) =");

    private static final String INTRODUCTION =
            """
            # Configuration reference

            <!-- Generated from the schemas. Do not edit; write it again with
                 mvn -pl gateway-verticles test -Dtest=ConfigurationReferenceTest -Dreference.write=true -->

            Sluice reads YAML 1.2 files with one or more documents each, in the shapes of the Kubernetes Gateway API and
            a few kinds of its own. `./sluice run --config PATH` takes a file or a directory (its `*.yaml` and `*.yml`
            files, sorted by name, hidden ones left out), and the option may be repeated. `./sluice check PATH`
            only says what is wrong.

            - **Nothing is silently ignored.** An unknown field, a field of the Gateway API that Sluice does not
              support, a reference to nothing, a duplicate key: each is a problem, and all problems of all files are
              reported at once, as `file:line:column /json/pointer: what is wrong (expected: what would be right)`.
            - **Files are reloaded while running**, also when a certificate, key or descriptor file changes or
              Kubernetes swaps a mounted volume. A configuration with problems changes nothing: the last good one stays in force.
            - **Names** are unique among the resources of one kind and namespace. A document without
              `metadata.namespace` is in `default`. References stay within their namespace; only a route may name a
              Gateway of another one, where the listener allows that.
            - **Durations** are written `10s`, `1m30s`, `500ms`, `2h` (up to four numbers of at most five digits).
            - **Sizes** are numbers of bytes, or numbers with a binary suffix: `64Ki`, `30Mi`, `1Gi` (1024, 1024² and
              1024³ bytes). Where a limit can be switched off, `unlimited` does so, and `0s` in a duration.
            - **Files** are named relative to the directory of the YAML file.

            """;

    private static final String HEAD = "| Field | Value | Default | Meaning |\n|---|---|---|---|\n";

    private ConfigurationReference() {}

    static String text() throws IOException, IllegalAccessException {
        StringBuilder text = new StringBuilder(INTRODUCTION);
        text.append("## A complete example\n\n```yaml\n")
                .append(Files.readString(EXAMPLE))
                .append("```\n");
        text.append("\n## What every kind has\n\n").append(HEAD);
        JsonObject metadata =
                Schemas.of(Kind.BACKEND).getJsonObject("properties").getJsonObject("metadata");
        appendFields(metadata, "metadata", new HashMap<>(), text);
        text.append("\nOnly a Bootstrap may go without metadata.\n");
        for (Kind kind : Kind.values()) {
            append(kind, text);
        }
        appendFixed(text);
        return text.toString();
    }

    private static void append(Kind kind, StringBuilder text) {
        JsonObject schema = Schemas.of(kind);
        text.append("\n## ").append(kind.title()).append("\n\n");
        text.append("`apiVersion: ").append(kind.apiVersion()).append("`\n\n");
        text.append(schema.getString("description")).append("\n\n");
        text.append(HEAD);
        appendFields(schema.getJsonObject("properties").getJsonObject("spec"), "spec", new HashMap<>(), text);
        String unsupported = unsupported(schema);
        if (!unsupported.isEmpty()) {
            text.append("\nRefused, though elsewhere in use: ")
                    .append(unsupported)
                    .append(".\n");
        }
    }

    /** @param seen the paths of blocks that are described already; filters stand in two places */
    private static void appendFields(JsonObject schema, String path, Map<JsonObject, String> seen, StringBuilder text) {
        JsonArray required = schema.getJsonArray("required", new JsonArray());
        JsonObject properties = schema.getJsonObject("properties", new JsonObject());
        for (String name : properties.fieldNames()) {
            JsonObject property = properties.getJsonObject(name);
            JsonObject block = property.getJsonObject("items", property);
            String child = path + "." + name + (property.containsKey("items") ? "[]" : "");
            boolean isBlock = block.containsKey("properties");
            String described = isBlock ? seen.putIfAbsent(block, child) : null;
            text.append("| `").append(child).append("` | ");
            text.append(described == null ? value(property) : "as `" + described + "`")
                    .append(" | ");
            text.append(required.contains(name) ? "*required*" : fallback(property))
                    .append(" | ");
            text.append(property.getString("description").replace("|", "\\|")).append(" |\n");
            if (isBlock && described == null) {
                appendFields(block, child, seen, text);
            }
        }
    }

    private static String value(JsonObject property) {
        if (property.containsKey("items")) {
            JsonObject items = property.getJsonObject("items");
            return items.containsKey("properties") ? "list" : "list of: " + value(items);
        } else if (property.containsKey("enum")) {
            return property.getJsonArray("enum").stream()
                    .map(value -> "`" + value + "`")
                    .collect(Collectors.joining(", "));
        } else if (property.containsKey("x-type")) {
            return property.getString("x-type") + range(property);
        } else if (property.containsKey("x-expected")) {
            return property.getString("x-expected").replace("|", "\\|");
        } else if (property.containsKey("minimum")) {
            return property.getValue("minimum") + ".." + property.getValue("maximum");
        }
        return switch (property.getString("type")) {
            case "boolean" -> "`true`, `false`";
            case "object" -> "mapping";
            case "string" -> "text";
            default -> property.getString("type");
        };
    }

    /** The bounds of a number, or of a duration, that is not written as a mere number. */
    private static String range(JsonObject property) {
        String x = property.containsKey("x-minimum") ? "x-" : "";
        return property.containsKey(x + "minimum")
                ? ", " + property.getValue(x + "minimum") + ".." + property.getValue(x + "maximum")
                : "";
    }

    private static String fallback(JsonObject property) {
        Object fallback = property.getValue("default");
        return fallback == null ? "" : "`" + fallback + "`";
    }

    private static String unsupported(JsonObject schema) {
        List<String> fields = new ArrayList<>();
        appendUnsupported(schema, "", fields);
        SchemaFields.of(schema).forEach((path, property) -> {
            if (!path.contains("backendRefs[].filters")) {
                boolean isList = property.containsKey("items");
                appendUnsupported(
                        isList ? property.getJsonObject("items") : property, path + (isList ? "[]." : "."), fields);
            }
        });
        return String.join(", ", fields);
    }

    private static void appendUnsupported(JsonObject block, String path, List<String> fields) {
        for (Map.Entry<String, Object> field : block.getJsonObject("x-unsupported", new JsonObject())) {
            fields.add("`" + path + field.getKey() + "` (" + field.getValue() + ")");
        }
    }

    private static void appendFixed(StringBuilder text) throws IOException, IllegalAccessException {
        text.append("\n## Defaults and fixed values\n\nWhere no field sets them, these hold.\n\n");
        text.append("| Name | Value | Why |\n|---|---|---|\n");
        Map<String, String> reasons = new HashMap<>();
        for (Matcher constant = CONSTANT.matcher(Files.readString(DEFAULTS)); constant.find(); ) {
            reasons.put(constant.group("name"), reason(constant.group("why")));
        }
        for (Field constant : Defaults.class.getFields()) {
            text.append("| ").append(constant.getName()).append(" | ");
            text.append(shown(Objects.requireNonNull(constant.get(null)))).append(" | ");
            text.append(reasons.getOrDefault(constant.getName(), "")).append(" |\n");
        }
    }

    private static String reason(String javadoc) {
        return javadoc.replaceAll("\\s*\\n\\s*\\*?\\s*", " ")
                .replaceAll("\\{@link #([A-Z_]+)}", "$1")
                .replace("|", "\\|")
                .strip();
    }

    private static String shown(Object value) {
        return value instanceof Duration duration ? Durations.format(duration) : String.valueOf(value);
    }
}
