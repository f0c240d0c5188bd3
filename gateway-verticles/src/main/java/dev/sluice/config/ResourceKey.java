package dev.sluice.config;

import static java.util.Objects.requireNonNull;

/**
 * Namespace and name of one resource; the kind is known from where the key stands.
 *
 * @param namespace the namespace, {@code default} where the document gave none
 * @param name the resource's {@code metadata.name}
 */
public record ResourceKey(String namespace, String name) implements Comparable<ResourceKey> {

    public ResourceKey {
        requireNonNull(namespace, "namespace");
        requireNonNull(name, "name");
    }

    @Override
    public int compareTo(ResourceKey other) {
        int byNamespace = namespace.compareTo(other.namespace);
        return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
    }

    /** {@code namespace/name}, the form that Gateway API's precedence rules order by. */
    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
