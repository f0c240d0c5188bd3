package dev.sluice.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map that is asked for a part of a string without cutting it out, so that a lookup allocates nothing.
 * Open addressing, at most half full; who sends requests cannot make chains longer, because keys come from the
 * configuration only.
 */
final class SubstringMap<V> {

    private final String[] keys;
    private final List<V> values;
    /** Index into {@link #keys} plus one; 0 is a free slot. The length is a power of two. */
    private final int[] slots;

    private final int longestKey;

    SubstringMap(Map<String, V> entries) {
        keys = new String[entries.size()];
        values = new ArrayList<>(entries.size());
        slots = new int[Integer.highestOneBit(Math.max(1, entries.size())) * 4];
        int longest = 0;
        for (Map.Entry<String, V> entry : entries.entrySet()) {
            String key = entry.getKey();
            longest = Math.max(longest, key.length());
            int slot = slot(key, 0, key.length());
            while (slots[slot] != 0) {
                slot = slot + 1 & slots.length - 1;
            }
            keys[values.size()] = key;
            values.add(entry.getValue());
            slots[slot] = values.size();
        }
        longestKey = longest;
    }

    /** The value of {@code text.substring(from, to)}; null when there is none. */
    @Nullable
    V get(String text, int from, int to) {
        int length = to - from;
        if (length > longestKey) {
            return null;
        }
        int slot = slot(text, from, to);
        for (int entry; (entry = slots[slot]) != 0; slot = slot + 1 & slots.length - 1) {
            String key = keys[entry - 1];
            if (key.length() == length && text.startsWith(key, from)) {
                return values.get(entry - 1);
            }
        }
        return null;
    }

    private int slot(String text, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + text.charAt(i);
        }
        return (hash ^ hash >>> 16) & slots.length - 1;
    }
}
