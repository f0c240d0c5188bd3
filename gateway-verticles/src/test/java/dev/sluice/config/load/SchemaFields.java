package dev.sluice.config.load;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The fields of a schema, and the values of a document, by paths such as {@code spec.rules[].name}. */
final class SchemaFields {

    private SchemaFields() {}

    /** Every property with its schema, outer ones first. */
    static Map<String, JsonObject> of(JsonObject schema) {
        Map<String, JsonObject> fields = new LinkedHashMap<>();
        collect(schema, "", fields);
        return fields;
    }

    private static void collect(JsonObject schema, String path, Map<String, JsonObject> fields) {
        JsonObject properties = schema.getJsonObject("properties", new JsonObject());
        for (String name : properties.fieldNames()) {
            JsonObject property = properties.getJsonObject(name);
            String child = path.isEmpty() ? name : path + "." + name;
            fields.put(child, property);
            boolean isList = property.containsKey("items");
            collect(isList ? property.getJsonObject("items") : property, isList ? child + "[]" : child, fields);
        }
    }

    /** All values that a document has at a path. */
    static List<Object> values(JsonObject document, String path) {
        List<Object> values = List.of(document);
        for (String step : path.split("\\.", -1)) {
            String name = step.replace("[]", "");
            List<Object> next = new ArrayList<>();
            for (Object value : values) {
                Object child = value instanceof JsonObject object ? object.getValue(name) : null;
                if (step.endsWith("[]") && child instanceof JsonArray array) {
                    array.forEach(next::add);
                } else if (child != null) {
                    next.add(child);
                }
            }
            values = next;
        }
        return values;
    }
}
