package dev.sluice.config.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.ConfigResult.Accepted;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.TrafficPolicy;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Schemas, decoders, records and the effective configuration know the same fields and defaults. {@code everything.yaml}
 * sets every field there is, {@code defaults.yaml} none that is optional: a field that one of the four forgets shows
 * here.
 */
class CompletenessTest {

    private static final Path REFERENCE = Path.of("src/test/resources/reference");

    /** Fields that are known only to be refused with a good message. */
    private static final Set<String> ALWAYS_REFUSED = Set.of(
            "HTTPRoute spec.rules[].backendRefs[].port",
            "HTTPRoute spec.rules[].filters[].requestMirror.backendRef.port",
            "GRPCRoute spec.rules[].backendRefs[].port",
            "GRPCRoute spec.rules[].filters[].requestMirror.backendRef.port");

    /** Fields that the effective configuration leaves out, or says in another way ({@code percent} as a fraction). */
    private static final Set<String> NOT_SHOWN =
            Set.of("labels", "annotations", "requestMirror.percent", "stickyCookie.keyFile", "cluster.secretFile");

    /** The one in {@code everything.yaml}; the effective configuration hides it. */
    private static final String COOKIE_KEY = "0123456789abcdef";

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    static Path directory;

    @BeforeAll
    static void makeFiles() throws Exception {
        TestCertificates.rsa().write(directory, "edge");
        Files.writeString(directory.resolve("cookie.key"), COOKIE_KEY + "\n");
        Files.writeString(directory.resolve("cluster.key"), COOKIE_KEY + "\n");
        for (String name : List.of("shop.pb", "users.pb")) {
            Files.writeString(directory.resolve(name), "descriptors");
        }
        for (String name : List.of("everything.yaml", "alternatives.yaml", "defaults.yaml")) {
            Files.copy(REFERENCE.resolve(name), directory.resolve(name));
        }
    }

    @Test
    void theExampleSetsEveryFieldOfEverySchema() throws Exception {
        Problems problems = new Problems();
        List<Document> documents = new ArrayList<>();
        for (String name : List.of("everything.yaml", "alternatives.yaml")) {
            documents.addAll(YamlReader.read(Path.of(name), Files.readString(directory.resolve(name)), problems));
        }
        assertTrue(problems.isEmpty());
        Set<String> unset = new TreeSet<>(fields());
        unset.removeAll(ALWAYS_REFUSED);
        unset.removeIf(field -> field.contains("backendRefs[].filters[]"));
        unset.removeIf(field -> documents.stream().anyMatch(document -> isSet(document.root(), field)));
        assertEquals(Set.of(), unset);
    }

    @Test
    void theEffectiveConfigurationShowsEveryField() {
        List<JsonObject> documents = new ArrayList<>(effective(load("everything.yaml")));
        documents.addAll(effective(load("alternatives.yaml")));
        Set<String> unshown = new TreeSet<>(fields());
        unshown.removeAll(ALWAYS_REFUSED);
        unshown.removeIf(field -> field.contains("backendRefs[].filters[]"));
        unshown.removeIf(field -> field.startsWith("Bootstrap metadata"));
        unshown.removeIf(field -> NOT_SHOWN.stream().anyMatch(name -> field.endsWith("." + name)));
        unshown.removeIf(field -> documents.stream().anyMatch(document -> isSet(document, field)));
        assertEquals(Set.of(), unshown);
    }

    @Test
    void theEffectiveConfigurationLoadsAsItself() {
        for (String name : List.of("everything.yaml", "alternatives.yaml", "defaults.yaml")) {
            LoadedConfig loaded = load(name);
            List<Document> documents = effective(loaded).stream()
                    .map(document -> new JsonObject(document.encode()
                            .replace("\"key\":\"REDACTED\"", "\"key\":\"" + COOKIE_KEY + "\"")
                            .replace("\"secret\":\"REDACTED\"", "\"secret\":\"" + COOKIE_KEY + "\"")))
                    .map(document -> new Document("", Path.of(""), document, SourceMap.NONE))
                    .toList();
            LoadedConfig again = ConfigLoader.load(documents, new SchemaCheck(), new Inputs(), new Problems());
            assertEquals(withoutDigest(config(loaded)), withoutDigest(config(again)));
            assertEquals(loaded.bootstrap(), again.bootstrap());
        }
    }

    @Test
    void everyRecordComponentIsDecoded() throws Exception {
        LoadedConfig loaded = load("everything.yaml");
        Map<String, Boolean> components = new TreeMap<>();
        visit(config(loaded), components);
        visit(loaded.bootstrap(), components);
        visit(load("alternatives.yaml").bootstrap(), components);
        components.values().removeIf(isSet -> isSet);
        assertEquals(Map.of(), components);
    }

    /** A decoder that takes a neighbour's field, or none, leaves a component with no value but its default. */
    @Test
    void everyTermOfAPolicyCanDifferFromItsDefault() throws Exception {
        Map<String, Set<@Nullable Object>> defaults = terms("defaults.yaml");
        Map<String, Set<@Nullable Object>> values = terms("everything.yaml");
        assertEquals(defaults.keySet(), values.keySet());
        assertTrue(values.keySet().containsAll(Set.of("RetryTerms.hedgeDelay", "Pool.maxAge", "HealthCheck.service")));
        values.forEach((component, set) -> {
            set.removeAll(defaults.getOrDefault(component, Set.of()));
            assertFalse(set.isEmpty(), component);
        });
    }

    private static Map<String, Set<@Nullable Object>> terms(String name) throws ReflectiveOperationException {
        Map<String, Set<@Nullable Object>> values = new TreeMap<>();
        for (TrafficPolicy policy : config(load(name)).trafficPolicies()) {
            collect(policy.terms(), values);
            collect(policy.upstream(), values);
        }
        values.keySet().removeIf(component -> component.startsWith("HashOn."));
        return values;
    }

    private static void collect(Object value, Map<String, Set<@Nullable Object>> values)
            throws ReflectiveOperationException {
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            Object child = component.getAccessor().invoke(value);
            String name = value.getClass().getSimpleName() + "." + component.getName();
            values.computeIfAbsent(name, n -> new HashSet<>()).add(child);
            if (child instanceof Record) {
                collect(child, values);
            }
        }
    }

    @Test
    void theSchemasNameTheDefaultsThatAreUsed() {
        List<JsonObject> documents = effective(load("defaults.yaml"));
        Set<String> seen = new TreeSet<>();
        for (Kind kind : Kind.values()) {
            SchemaFields.of(Schemas.of(kind)).forEach((path, schema) -> {
                if (schema.containsKey("default") && !(kind == Kind.BOOTSTRAP && path.startsWith("metadata"))) {
                    List<Object> used = documents.stream()
                            .filter(document -> kind.title().equals(document.getString("kind")))
                            .flatMap(document -> SchemaFields.values(document, path).stream())
                            .toList();
                    // A second Backend and the second rule set some of them; the default must be among the values.
                    boolean isUsed = used.contains(schema.getValue("default"));
                    boolean isInBackendFilter = path.contains("backendRefs[].filters[]");
                    assertTrue(isUsed || isInBackendFilter, () -> kind.title() + " " + path + ": " + used);
                    seen.add(kind.title() + " " + path);
                }
            });
        }
        assertTrue(seen.contains("Bootstrap spec.drain.deadline"), seen::toString);
    }

    @Test
    void everyPropertyIsDescribed() {
        for (Kind kind : Kind.values()) {
            SchemaFields.of(Schemas.of(kind))
                    .forEach((path, schema) ->
                            assertFalse(schema.getString("description", "").isBlank(), kind.title() + " " + path));
        }
    }

    @Test
    void everyMappingIsStrict() {
        for (Kind kind : Kind.values()) {
            SchemaFields.of(Schemas.of(kind)).forEach((path, schema) -> {
                JsonObject mapping = schema.getJsonObject("items", schema);
                if (mapping.containsKey("properties")) {
                    assertEquals(false, mapping.getValue("additionalProperties"), kind.title() + " " + path);
                }
            });
        }
    }

    @Test
    void secretsAreRedacted() throws Exception {
        Path file = Files.writeString(
                directory.resolve("secrets.yaml"),
                Files.readString(REFERENCE.resolve("everything.yaml"))
                        .replace("X-Set, value: \"1\"", "Authorization, value: hunter2")
                        .replace("limits: {rate: 10", "limits: {apiKey: hunter2, Password: {deep: hunter2}"));
        String shown = effective(ConfigLoader.load(List.of(file))).toString();
        assertFalse(shown.contains("hunter2"), shown);
        assertTrue(shown.contains("\"apiKey\":\"REDACTED\",\"Password\":\"REDACTED\""), shown);
        assertTrue(shown.contains("\"key\":\"REDACTED\""), shown);
        assertFalse(shown.contains(COOKIE_KEY), shown);
        assertTrue(shown.contains("{\"name\":\"authorization\",\"value\":\"REDACTED\"}"), shown);
        assertTrue(shown.contains("/edge.key\""), shown);
        assertFalse(shown.contains("BEGIN"), shown);
    }

    private static LoadedConfig load(String name) {
        return ConfigLoader.load(List.of(directory.resolve(name)));
    }

    private static GatewayConfig config(LoadedConfig loaded) {
        return assertInstanceOf(
                        Accepted.class, loaded.result(), () -> loaded.result().toString())
                .config();
    }

    private static GatewayConfig withoutDigest(GatewayConfig config) {
        return new GatewayConfig(
                config.gateways(),
                config.routes(),
                config.backends(),
                config.certificates(),
                config.clientPolicies(),
                config.trafficPolicies(),
                "");
    }

    private static List<JsonObject> effective(LoadedConfig loaded) {
        List<JsonObject> documents = new ArrayList<>();
        documents.add(EffectiveConfig.of(loaded.bootstrap()));
        EffectiveConfig.of(config(loaded))
                .getJsonArray("documents")
                .forEach(document -> documents.add((JsonObject) document));
        return documents;
    }

    private static Set<String> fields() {
        Set<String> fields = new TreeSet<>();
        for (Kind kind : Kind.values()) {
            SchemaFields.of(Schemas.of(kind)).keySet().forEach(path -> fields.add(kind.title() + " " + path));
        }
        return fields;
    }

    private static boolean isSet(JsonObject document, String field) {
        int space = field.indexOf(' ');
        return field.substring(0, space).equals(document.getString("kind"))
                && !SchemaFields.values(document, field.substring(space + 1)).isEmpty();
    }

    /** Notes for each component of each record whether any value of it says something. */
    private static void visit(Object value, Map<String, Boolean> components) throws ReflectiveOperationException {
        if (value instanceof Collection<?> items) {
            for (Object item : items) {
                visit(item, components);
            }
        } else if (value instanceof Record && value.getClass().getName().startsWith("dev.sluice.config.")) {
            for (RecordComponent component : value.getClass().getRecordComponents()) {
                Object child = component.getAccessor().invoke(value);
                String name = value.getClass().getSimpleName() + "." + component.getName();
                components.merge(name, says(child), Boolean::logicalOr);
                if (child != null) {
                    visit(child, components);
                }
            }
        }
    }

    private static boolean says(@Nullable Object value) {
        return value != null
                && !value.equals(0)
                && !value.equals(false)
                && !value.equals("")
                && !(value instanceof Collection<?> items && items.isEmpty());
    }
}
