package dev.sluice.filter;

import dev.sluice.config.FilterSpec.HeaderChanges;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Map;

/** Gateway API's {@code HTTPHeaderFilter}. It allows one action a name, so the order of the actions cannot be seen. */
final class HeaderEdit {

    private final String[] remove;
    private final List<Map.Entry<String, String>> set;
    private final List<Map.Entry<String, String>> add;

    HeaderEdit(HeaderChanges changes) {
        remove = changes.remove().toArray(String[]::new);
        set = changes.set();
        add = changes.add();
    }

    void apply(MultiMap headers) {
        for (String name : remove) {
            headers.remove(name);
        }
        for (Map.Entry<String, String> header : set) {
            headers.set(header.getKey(), header.getValue());
        }
        for (Map.Entry<String, String> header : add) {
            headers.add(header.getKey(), header.getValue());
        }
    }
}
