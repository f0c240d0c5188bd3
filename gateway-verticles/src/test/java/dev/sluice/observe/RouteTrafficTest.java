package dev.sluice.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.observe.RouteTraffic.Recent;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class RouteTrafficTest {

    private static final String ROUTE = "default/r[0]";

    private final LoopHistograms one = new LoopHistograms();
    private final LoopHistograms two = new LoopHistograms();
    private long now;
    private final RouteTraffic traffic = new RouteTraffic(() -> now);

    private static void record(LoopHistograms loop, int count, int status, long millis) {
        for (int i = 0; i < count; i++) {
            loop.record(SampleExchange.ok(HttpVersion.HTTP_1_1, status, millis * 1_000_000));
        }
    }

    private static RouteCounts only(Recent recent) {
        assertEquals(Set.of(ROUTE), recent.routes().keySet());
        return recent.routes().values().iterator().next();
    }

    @Test
    void addsLoopsUpAndForgetsWhatIsTwoWindowsOld() {
        traffic.add(one);
        traffic.add(two);
        record(one, 2, 200, 4);
        record(two, 1, 503, 4);
        record(two, 1, 404, 4);
        now = 4_000_000_000L;
        Recent recent = traffic.recent();
        assertEquals(4, recent.seconds());
        assertEquals(4, only(recent).requests());
        assertEquals(1, only(recent).errors());
        traffic.turn();
        record(one, 1, 200, 4);
        now = 7_000_000_000L;
        assertEquals(5, only(traffic.recent()).requests());
        traffic.turn();
        now = 9_000_000_000L;
        assertEquals(1, only(traffic.recent()).requests());
        assertEquals(5, traffic.recent().seconds());
        traffic.turn();
        assertEquals(Map.of(), traffic.recent().routes());
    }

    @Test
    void quantilesAreLinearWithinABucket() {
        traffic.add(one);
        assertEquals(0, RouteCounts.NONE.quantileMillis(0.5));
        record(one, 90, 200, 20); // 10 to 25 ms
        record(one, 10, 500, 400); // 250 to 500 ms
        RouteCounts counts = only(traffic.recent());
        assertEquals(10 + 15 * 50 / 90.0, counts.quantileMillis(0.5), 1e-9);
        assertEquals(250 + 250 * 0.9, counts.quantileMillis(0.99), 1e-9);
        record(one, 1, 200, 61_000);
        assertEquals(60_000, only(traffic.recent()).quantileMillis(1));
    }

    @Test
    void crossesToAnotherNodeWhole() {
        traffic.add(one);
        record(one, 3, 200, 4);
        record(one, 2, 503, 40);
        RouteCounts counts = only(traffic.recent());
        RouteCounts read = RouteCounts.of(counts.cells());
        assertEquals(counts.cells(), read.cells());
        assertEquals(10, counts.plus(read).requests());
        Assertions.assertThrows(IllegalArgumentException.class, () -> RouteCounts.of(List.of(1L)));
    }
}
