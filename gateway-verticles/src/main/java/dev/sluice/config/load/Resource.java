package dev.sluice.config.load;

import dev.sluice.config.ResourceKey;

/**
 * One document with its identity.
 *
 * @param kind its kind
 * @param key its namespace and name; the name is empty while it is missing or not a text
 * @param field the whole document
 */
record Resource(Kind kind, ResourceKey key, Field field) {

    Field spec() {
        return field.at("spec");
    }
}
