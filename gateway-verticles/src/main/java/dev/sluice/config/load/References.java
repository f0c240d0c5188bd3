package dev.sluice.config.load;

import dev.sluice.config.Defaults;
import dev.sluice.config.ResourceKey;
import org.jspecify.annotations.Nullable;

/** Resolves references between resources; they stay within one namespace except from routes to gateways. */
final class References {

    private final Resources resources;
    private final Problems problems;

    References(Resources resources, Problems problems) {
        this.resources = resources;
        this.problems = problems;
    }

    /** The namespace of the document that a field is part of. */
    static String namespace(Field field) {
        return field.document().field().at("metadata").at("namespace").text(Defaults.NAMESPACE);
    }

    /** The key that a reference names; its namespace defaults to the document's. */
    static ResourceKey key(Field reference) {
        return new ResourceKey(
                reference.at("namespace").text(namespace(reference)),
                reference.at("name").text(""));
    }

    /** A reference with {@code group} and {@code kind}, which Gateway API would let default to a Kubernetes kind. */
    void checkTyped(Field reference, Kind kind, String kubernetesDefault) {
        boolean hasGroup = reference.at("group").exists();
        boolean hasKind = reference.at("kind").exists();
        if (!hasGroup || !hasKind) {
            problems.add(
                    reference.at(hasKind ? "group" : "kind"),
                    "missing (expected: group: sluice.dev and kind: " + kind.title() + "; without them it would be a "
                            + kubernetesDefault + ", which needs Kubernetes)");
        }
        checkLocal(reference, kind);
    }

    /** A reference within its namespace. */
    void checkLocal(Field reference, Kind kind) {
        ResourceKey key = key(reference);
        String own = namespace(reference);
        if (!key.namespace().equals(own)) {
            problems.add(
                    reference.at("namespace"),
                    Wording.show(key.namespace()) + " (expected: the document's own namespace, " + own
                            + "; ReferenceGrant is not supported)");
            return;
        }
        if (!reference.at("kind").exists()
                || kind.title().equals(reference.at("kind").text())) {
            resources.require(kind, key, reference.at("name"), problems);
        }
    }

    /** The gateway of a {@code parentRefs[]} or {@code targetRefs[]} entry; null, with a problem, when there is none. */
    @Nullable
    Resource gateway(Field reference) {
        return resources.require(Kind.GATEWAY, key(reference), reference.at("name"), problems);
    }
}
