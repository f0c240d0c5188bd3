package dev.sluice.stream;

import dev.sluice.config.Defaults;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One loop's account of its clients since its last report: who has reset streams, and whose connections were cut. A client
 * that does neither is not in it. Of more than {@link Defaults#MAX_COUNTED_CLIENTS} addresses the later ones wait for the
 * next report.
 */
public final class ClientResets {

    private final Map<String, Count> counts = new HashMap<>();
    private Set<String> penalised = Set.of();

    private static final class Count {
        long resets;
        boolean shared;
        final Map<Flood, Integer> cuts = new EnumMap<>(Flood.class);
    }

    /** Addresses whose connections are cut from now on, until the next call. */
    public void penalise(Set<String> addresses) {
        penalised = addresses;
    }

    /** Whether a new HTTP/2 or HTTP/3 connection of this address is to be cut. */
    public boolean isPenalised(String address) {
        return !penalised.isEmpty() && penalised.contains(address);
    }

    /**
     * A client reset a stream.
     *
     * @return whether its connection is to be cut
     */
    public boolean reset(String address) {
        Count count = count(address);
        if (count != null) {
            count.resets++;
        }
        return isPenalised(address);
    }

    /**
     * A connection of this address was cut.
     *
     * @param shared whether the address stands for many clients
     */
    public void cut(String address, boolean shared, Flood kind) {
        Count count = count(address);
        if (count != null) {
            count.shared = shared;
            var unused = count.cuts.merge(kind, 1, Integer::sum);
        }
    }

    /**
     * The most conspicuous, {@link Defaults#MAX_REPORTED_CLIENTS} at most; those with few resets and no cut are left out.
     * Counting begins anew.
     */
    public List<ClientReport> report() {
        if (counts.isEmpty()) {
            return List.of();
        }
        List<ClientReport> reports = new ArrayList<>();
        counts.forEach((address, count) -> {
            if (!count.cuts.isEmpty() || count.resets >= Defaults.MIN_REPORTED_RESETS) {
                reports.add(new ClientReport(address, count.shared, count.resets, count.cuts));
            }
        });
        counts.clear();
        reports.sort(Comparator.comparingInt(ClientReport::allCuts)
                .thenComparingLong(ClientReport::resets)
                .reversed());
        return List.copyOf(reports.subList(0, Math.min(reports.size(), Defaults.MAX_REPORTED_CLIENTS)));
    }

    private @Nullable Count count(String address) {
        Count count = counts.get(address);
        if (count == null && counts.size() < Defaults.MAX_COUNTED_CLIENTS) {
            count = new Count();
            counts.put(address, count);
        }
        return count;
    }
}
