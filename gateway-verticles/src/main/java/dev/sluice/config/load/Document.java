package dev.sluice.config.load;

import io.vertx.core.json.JsonObject;

/**
 * One resource as its author wrote it.
 *
 * @param file the file's path as the user named it; empty when it did not come from a file
 * @param root the whole document
 * @param source where its values stand
 */
record Document(String file, JsonObject root, SourceMap source) {

    /** The document's value, to descend from. */
    Field field() {
        return new Field(this, "", root);
    }
}
