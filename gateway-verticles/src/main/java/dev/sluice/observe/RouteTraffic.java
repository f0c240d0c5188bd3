package dev.sluice.observe;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/**
 * What has passed by each route lately: in the last one to two windows, whose length is whoever's who calls
 * {@link #turn}. Loops may be added from any thread; all else is for one.
 */
public final class RouteTraffic {

    private static final double NANOS_PER_SECOND = 1e9;

    private final LongSupplier nanoTime;
    private final List<LoopHistograms> loops = new CopyOnWriteArrayList<>();
    private Totals previous;
    private Totals last;

    private record Totals(long nanos, Map<String, RouteCounts> routes) {}

    /**
     * What has passed.
     *
     * @param seconds in which it did
     * @param routes by name, those without any left out
     */
    public record Recent(double seconds, Map<String, RouteCounts> routes) {
        public Recent {
            routes = Map.copyOf(routes);
        }
    }

    /** @param nanoTime monotonic */
    RouteTraffic(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        last = totals();
        previous = last;
    }

    void add(LoopHistograms histograms) {
        loops.add(histograms);
    }

    /** A window is over. */
    public void turn() {
        previous = last;
        last = totals();
    }

    /** What has passed up to now. */
    public Recent recent() {
        Totals now = totals();
        Map<String, RouteCounts> routes = new HashMap<>();
        now.routes.forEach((route, counts) -> {
            RouteCounts passed = counts.minus(previous.routes.getOrDefault(route, RouteCounts.NONE));
            if (passed.requests() > 0) {
                routes.put(route, passed);
            }
        });
        return new Recent((now.nanos - previous.nanos) / NANOS_PER_SECOND, routes);
    }

    private Totals totals() {
        Map<String, RouteCounts> routes = new HashMap<>();
        loops.forEach(loop ->
                loop.routes().forEach((name, table) -> routes.merge(name, RouteCounts.of(table), RouteCounts::plus)));
        return new Totals(nanoTime.getAsLong(), routes);
    }
}
