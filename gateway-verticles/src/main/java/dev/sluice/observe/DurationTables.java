package dev.sluice.observe;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Duration histograms by name, of which there are only so many: names beyond share one. Single writer, many readers. */
final class DurationTables {

    /** The names beyond the limit. */
    static final String OTHER = "other";

    private final int rows;
    private final int most;
    private volatile Map<String, DurationTable> tables = Map.of();

    /**
     * Of none.
     *
     * @param rows of each table
     * @param most names that have one of their own
     */
    DurationTables(int rows, int most) {
        this.rows = rows;
        this.most = most;
    }

    /** The table of this name; only on the owning loop. Allocates for a name's first time alone. */
    DurationTable get(String name) {
        Map<String, DurationTable> known = tables;
        @Nullable DurationTable table = known.get(name);
        if (table != null) {
            return table;
        }
        String series = known.size() < most ? name : OTHER;
        table = known.get(series);
        if (table == null) {
            table = new DurationTable(rows);
            Map<String, DurationTable> grown = new HashMap<>(known); // readers keep the map they have
            grown.put(series, table);
            tables = grown;
        }
        return table;
    }

    /** All of them, from any thread. */
    Map<String, DurationTable> all() {
        return tables;
    }
}
