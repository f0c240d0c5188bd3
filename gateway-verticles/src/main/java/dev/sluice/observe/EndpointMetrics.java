package dev.sluice.observe;

import dev.sluice.config.Defaults;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Map;
import java.util.TreeMap;

/** How many endpoints each backend has in each state of health. */
final class EndpointMetrics implements MultiCollector {

    private volatile Map<String, Map<String, Integer>> states = Map.of();

    /** From now on these; backends beyond {@link Defaults#MAX_BACKEND_SERIES} are left out. */
    void set(Map<String, Map<String, Integer>> statesByBackend) {
        states = statesByBackend;
    }

    @Override
    public MetricSnapshots collect() {
        GaugeSnapshot.Builder gauge =
                Figures.gauge("gateway_upstream_endpoints", "Endpoints of a backend, by the state of their health");
        new TreeMap<>(states)
                .entrySet().stream().limit(Defaults.MAX_BACKEND_SERIES).forEach(backend -> backend.getValue()
                        .forEach((state, count) -> gauge.dataPoint(
                                Figures.level(Labels.of("backend", backend.getKey(), "state", state), count))));
        return MetricSnapshots.builder().metricSnapshot(gauge.build()).build();
    }
}
