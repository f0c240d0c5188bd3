package dev.sluice.wire;

import java.util.List;

/**
 * What a name resolves to.
 *
 * @param records at least one, in a stable order
 * @param ttlSeconds how long they hold, by the shortest-lived record that led to them; 0 or more
 */
public record DnsAnswer<T>(List<T> records, long ttlSeconds) {

    public DnsAnswer {
        records = List.copyOf(records);
    }
}
