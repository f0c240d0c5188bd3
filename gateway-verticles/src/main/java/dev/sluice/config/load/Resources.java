package dev.sluice.config.load;

import dev.sluice.config.Defaults;
import dev.sluice.config.ResourceKey;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All documents of a snapshot by kind and key, those with problems included: a reference to a broken resource is not
 * another mistake.
 */
final class Resources {

    /** Names to compare a misspelt one with; many dangling references to many resources must not take minutes. */
    private static final int MOST_HINTS = 1000;

    private final Map<Kind, List<Resource>> inOrder = new EnumMap<>(Kind.class);
    private final Map<Kind, Map<ResourceKey, Resource>> byKey = new EnumMap<>(Kind.class);
    private final Set<ResourceKey> ofUnknownKind = new HashSet<>();
    private final boolean isComplete;

    /** @param isComplete whether every file could be read; otherwise what is missing may be in one that could not */
    Resources(boolean isComplete) {
        this.isComplete = isComplete;
        for (Kind kind : Kind.values()) {
            inOrder.put(kind, new ArrayList<>());
            byKey.put(kind, new LinkedHashMap<>());
        }
    }

    /** Takes a document in; its name may not be taken. */
    void add(Kind kind, Document document, Problems problems) {
        Field metadata = document.field().at("metadata");
        ResourceKey key = key(document);
        Resource resource = new Resource(kind, key, document.field());
        list(kind).add(resource);
        if (!key.name().isEmpty() && kind != Kind.BOOTSTRAP) {
            Resource first = map(kind).putIfAbsent(key, resource);
            if (first != null) {
                problems.add(
                        metadata.at("name"),
                        "duplicate " + kind.title() + " " + key + " (first: "
                                + first.field().at("metadata").at("name").place() + ")");
            }
        }
    }

    /** Takes note of a document whose kind is misspelt: references to it are not mistakes of their own. */
    void addUnknown(Document document) {
        ofUnknownKind.add(key(document));
    }

    private static ResourceKey key(Document document) {
        Field metadata = document.field().at("metadata");
        return new ResourceKey(
                metadata.at("namespace").text(Defaults.NAMESPACE),
                metadata.at("name").text(""));
    }

    /** In document order. */
    List<Resource> all(Kind kind) {
        return List.copyOf(list(kind));
    }

    @Nullable
    Resource find(Kind kind, ResourceKey key) {
        return map(kind).get(key);
    }

    /** {@link #find}, with a problem at {@code name} when there is none. */
    @Nullable
    Resource require(Kind kind, ResourceKey key, Field name, Problems problems) {
        Resource found = find(kind, key);
        if (found == null && isComplete && !key.name().isEmpty() && !ofUnknownKind.contains(key)) {
            List<String> names = map(kind).keySet().stream()
                    .filter(other -> other.namespace().equals(key.namespace()))
                    .map(ResourceKey::name)
                    .limit(MOST_HINTS)
                    .toList();
            String nearest = Wording.nearest(key.name(), names);
            problems.add(
                    name,
                    "no " + kind.title() + " \"" + key.name() + "\" in namespace " + key.namespace()
                            + (nearest == null ? "" : " (did you mean \"" + nearest + "\"?)"));
        }
        return found;
    }

    private List<Resource> list(Kind kind) {
        return inOrder.getOrDefault(kind, List.of());
    }

    private Map<ResourceKey, Resource> map(Kind kind) {
        return byKey.getOrDefault(kind, Map.of());
    }
}
