package dev.sluice.config.load;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A value and its place in a document. Reading never fails: what is absent, or not of the type that was asked for, reads
 * as absent, so that checks can look at the sound parts of a document whose schema problems are already reported.
 *
 * @param document where it stands
 * @param pointer RFC 6901 pointer of the value
 * @param value a JSON value; null when absent
 */
record Field(Document document, String pointer, @Nullable Object value) {

    /** The entry of a mapping. */
    Field at(String name) {
        Object child = value instanceof JsonObject object ? object.getValue(name) : null;
        return new Field(document, Pointers.child(pointer, name), child);
    }

    /** The entries of a list, none when this is not one. */
    List<Field> items() {
        if (!(value instanceof JsonArray array)) {
            return List.of();
        }
        List<Field> items = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            items.add(new Field(document, Pointers.child(pointer, i), array.getValue(i)));
        }
        return items;
    }

    boolean exists() {
        return value != null;
    }

    @Nullable
    String text() {
        return value instanceof String text ? text : null;
    }

    String text(String otherwise) {
        return value instanceof String text ? text : otherwise;
    }

    int number(int otherwise) {
        return value instanceof Number number ? number.intValue() : otherwise;
    }

    long number(long otherwise) {
        return value instanceof Number number ? number.longValue() : otherwise;
    }

    /** A decimal in thousandths, rounded. */
    int thousandths(int otherwise) {
        return value instanceof Number number ? (int) Math.round(number.doubleValue() * 1000) : otherwise;
    }

    boolean flag(boolean otherwise) {
        return value instanceof Boolean flag ? flag : otherwise;
    }

    /** The texts of a list. */
    List<String> texts() {
        return items().stream().map(item -> item.text("")).toList();
    }

    /** {@code file:line:column}. */
    String place() {
        Position position = document.source().keyPosition(pointer);
        return document.file() + ":" + position.line() + ":" + position.column();
    }
}
