package dev.sluice.config.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.ConfigProblem;
import dev.sluice.config.ConfigResult;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.Validator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every value of a document, replaced by one of every other type: whatever is said, nothing is thrown. */
class MutationTest {

    private static final List<@Nullable Object> VALUES =
            Arrays.asList(null, -5, new JsonObject(), new JsonArray().add(new JsonArray()));

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    static Path directory;

    private final SchemaCheck schemas = new SchemaCheck();
    private final Map<Kind, Validator> validators = new EnumMap<>(Kind.class);

    @Test
    void aWrongTypeAnywhereIsNamed() throws Exception {
        TestCertificates.ec().write(directory, "edge");
        Files.writeString(directory.resolve("cookie.key"), "0123456789abcdef");
        for (String name : List.of("shop.pb", "users.pb")) {
            Files.writeString(directory.resolve(name), "descriptors");
        }
        String text = Files.readString(Path.of("src/test/resources/reference/everything.yaml"));
        String file = directory.resolve("mutant.yaml").toString();
        List<Document> documents = YamlReader.read(Path.of(file), text, new Problems());
        int mutants = 0;
        for (Document document : documents) {
            JsonObject original = document.root().copy();
            for (String pointer : pointers(original)) {
                for (Object value : VALUES) {
                    JsonObject mutant = original.copy();
                    replace(mutant, pointer, value);
                    String mutated = String.valueOf(mutant);
                    Problems problems = new Problems();
                    List<Document> all = new ArrayList<>(documents);
                    Document read =
                            YamlReader.read(Path.of(file), mutated, problems).get(0);
                    all.set(documents.indexOf(document), read);
                    ConfigResult result = ConfigLoader.load(all, schemas, new Inputs(), problems)
                            .result();
                    if (isAgainstTheSchema(read)) {
                        check(result, pointer, value);
                    }
                    mutants++;
                }
            }
        }
        assertTrue(mutants > 1300, "mutants: " + mutants);
    }

    private boolean isAgainstTheSchema(Document document) {
        Problems problems = new Problems();
        Kind kind = Kind.of(document, problems);
        if (kind != null) {
            Problems found = new Problems();
            schemas.check(kind, document, found);
            assertEquals(isValid(kind, document), found.isEmpty(), () -> document.root()
                    .encode());
            schemas.check(kind, document, problems);
        }
        return !problems.isEmpty();
    }

    /** By a library that knows all of JSON Schema. */
    private boolean isValid(Kind kind, Document document) {
        JsonSchemaOptions options =
                new JsonSchemaOptions().setBaseUri("https://sluice.dev/schema/").setDraft(Draft.DRAFT202012);
        return validators
                .computeIfAbsent(kind, k -> Validator.create(JsonSchema.of(Schemas.of(k)), options))
                .validate(document.root())
                .getValid();
    }

    private static void check(ConfigResult result, String pointer, @Nullable Object value) {
        List<ConfigProblem> problems = ((ConfigResult.Rejected) result).problems();
        assertEquals(problems.size(), problems.stream().distinct().count(), () -> pointer + ": " + problems);
        boolean isNamed =
                problems.stream().anyMatch(problem -> problem.pointer().startsWith(pointer));
        assertTrue(isNamed, () -> pointer + " = " + value + ": " + problems);
    }

    private static String parent(String pointer) {
        return pointer.isEmpty() ? "" : Pointers.parent(pointer);
    }

    private static List<String> pointers(JsonObject root) {
        List<String> pointers = new ArrayList<>();
        collect(root, "", pointers);
        return pointers;
    }

    private static void collect(Object value, String pointer, List<String> pointers) {
        if (!pointer.isEmpty()) {
            pointers.add(pointer);
        }
        if (value instanceof JsonObject object) {
            object.forEach(entry -> collect(entry.getValue(), Pointers.child(pointer, entry.getKey()), pointers));
        } else if (value instanceof JsonArray array) {
            for (int i = 0; i < array.size(); i++) {
                collect(array.getValue(i), Pointers.child(pointer, i), pointers);
            }
        }
    }

    private static void replace(JsonObject root, String pointer, @Nullable Object value) {
        Object place = root;
        for (String name : Pointers.names(parent(pointer))) {
            place = place instanceof JsonObject object
                    ? object.getValue(name)
                    : ((JsonArray) place).getValue(Integer.parseInt(name));
        }
        String last = Pointers.lastName(pointer);
        if (place instanceof JsonObject object) {
            object.put(last, value);
        } else {
            ((JsonArray) place).set(Integer.parseInt(last), value);
        }
    }
}
