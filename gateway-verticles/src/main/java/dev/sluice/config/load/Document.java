package dev.sluice.config.load;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;

/**
 * One resource as its author wrote it.
 *
 * @param file the file's path as the user named it; empty when it did not come from a file
 * @param directory against which its relative paths count
 * @param root the whole document
 * @param source where its values stand
 */
record Document(String file, Path directory, JsonObject root, SourceMap source) {

    /** The document's value, to descend from. */
    Field field() {
        return new Field(this, "", root);
    }
}
