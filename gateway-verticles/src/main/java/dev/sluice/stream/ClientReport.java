package dev.sluice.stream;

import java.util.Map;

/**
 * What one client did on one loop since the loop's last report.
 *
 * @param address its literal IP
 * @param shared whether it stands for many clients, and so is told of and never penalised
 * @param resets streams that it reset
 * @param cuts its connections that were cut, by reason
 */
public record ClientReport(String address, boolean shared, long resets, Map<Flood, Integer> cuts) {
    public ClientReport {
        cuts = Map.copyOf(cuts);
    }

    int allCuts() {
        return cuts.values().stream().mapToInt(Integer::intValue).sum();
    }
}
