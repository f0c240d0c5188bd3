package dev.sluice.route;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds what is configured for a host: its exact name, else the longest wildcard, else what takes every host. One
 * lookup, whatever the number of names: what is less specific was linked to its {@link Entry} beforehand.
 */
final class HostIndex<T> {

    /** The name that takes every host. */
    static final String ANY = "";

    private final Map<String, Entry<T>> exact = new HashMap<>();
    private final SubstringMap<Entry<T>> wildcards;
    private final @Nullable Entry<T> any;

    /**
     * @param value what is configured
     * @param wider the next less specific name that takes the same hosts; null at the end
     */
    record Entry<T>(T value, @Nullable Entry<T> wider) {}

    /** @param byHostname keys are exact names, {@code *.suffix}, or {@link #ANY}, all in lower case */
    HostIndex(Map<String, T> byHostname) {
        T everyHost = byHostname.get(ANY);
        any = everyHost == null ? null : new Entry<>(everyHost, null);
        Map<String, Entry<T>> bySuffix = new HashMap<>();
        // Shortest first: a wildcard that takes all of another's hosts is shorter than it, and exact names end a chain.
        List<String> hostnames = new ArrayList<>(byHostname.keySet());
        hostnames.sort(Comparator.comparing((String name) -> !isWildcard(name)).thenComparing(String::length));
        for (String hostname : hostnames) {
            T value = byHostname.get(hostname);
            if (value == null || hostname.equals(ANY)) {
                continue;
            }
            if (isWildcard(hostname)) {
                bySuffix.put(hostname.substring(1), new Entry<>(value, wildcard(bySuffix, hostname.substring(2))));
            } else {
                exact.put(hostname, new Entry<>(value, wildcard(bySuffix, hostname)));
            }
        }
        wildcards = new SubstringMap<>(bySuffix);
    }

    /** The most specific entry; null when nothing takes the host. */
    @Nullable
    Entry<T> find(String host) {
        Entry<T> found = exact.get(host);
        if (found != null) {
            return found;
        }
        for (int dot = host.indexOf('.', 1); dot >= 0; dot = host.indexOf('.', dot + 1)) {
            found = wildcards.get(host, dot, host.length());
            if (found != null) {
                return found;
            }
        }
        return any;
    }

    private @Nullable Entry<T> wildcard(Map<String, Entry<T>> bySuffix, String host) {
        for (int dot = host.indexOf('.', 1); dot >= 0; dot = host.indexOf('.', dot + 1)) {
            Entry<T> found = bySuffix.get(host.substring(dot));
            if (found != null) {
                return found;
            }
        }
        return any;
    }

    /** Whether some host is taken by both names. */
    static boolean overlap(String hostname, String other) {
        return covers(hostname, other) || covers(other, hostname);
    }

    private static boolean covers(String hostname, String other) {
        return hostname.equals(ANY)
                || hostname.equals(other)
                || (isWildcard(hostname) && other.endsWith(hostname.substring(1)));
    }

    private static boolean isWildcard(String hostname) {
        return hostname.startsWith("*.");
    }
}
