package dev.sluice.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.bench.Pace.Ahead;
import dev.sluice.bench.scenario.Scenario;
import dev.sluice.bench.scenario.Scenarios;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Runs as long as the time allows. */
final class PaceTest {

    private final AtomicLong now = new AtomicLong();

    private Pace pace(Duration budget, OptionalDouble seconds) {
        return new Pace(budget, 3, Duration.ofSeconds(8), seconds, now::get);
    }

    private static List<Ahead> ahead(int peers, List<Scenario> scenarios) {
        return scenarios.stream()
                .map(scenario -> new Ahead(scenario.work(), peers))
                .toList();
    }

    @Test
    void allScenariosWithAllPeersFitIntoTheBudget() {
        List<Ahead> all = ahead(7, Scenarios.all());
        Pace pace = pace(Duration.ofMinutes(18), OptionalDouble.empty());

        assertTrue(pace.estimate(all).compareTo(Duration.ofMinutes(19)) <= 0, () -> "" + pace.estimate(all));
        assertTrue(pace.run(all).compareTo(Duration.ofMillis(500)) >= 0, () -> "" + pace.run(all));
    }

    @Test
    void runsAreNeverLongerThanIsUseful() {
        List<Ahead> one = ahead(2, Scenarios.select(List.of("h1-small")));

        assertEquals(
                Duration.ofSeconds(5),
                pace(Duration.ofHours(1), OptionalDouble.empty()).run(one));
    }

    @Test
    void lostTimeMakesRunsShorter() {
        List<Ahead> some = ahead(4, Scenarios.select(List.of("h1-*")));
        Pace pace = pace(Duration.ofMinutes(5), OptionalDouble.empty());
        Duration before = pace.run(some);
        assertEquals(Duration.ofSeconds(8), pace.patience(some));
        now.addAndGet(Duration.ofMinutes(2).toNanos());

        assertTrue(pace.run(some).compareTo(before) < 0, () -> pace.run(some) + " after " + before);
        now.addAndGet(Duration.ofMinutes(4).toNanos());
        assertEquals(Duration.ofMillis(500), pace.run(some));
        assertEquals(Duration.ofSeconds(4), pace.patience(some));
    }

    @Test
    void whatTheUserChoseStays() {
        List<Ahead> all = ahead(7, Scenarios.all());

        assertEquals(
                Duration.ofSeconds(7),
                pace(Duration.ofMinutes(1), OptionalDouble.of(7)).run(all));
    }
}
