package dev.sluice.bench.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Choosing scenarios. */
final class ScenariosTest {

    private static List<String> names(String... globs) {
        return Scenarios.select(List.of(globs)).stream().map(Scenario::name).toList();
    }

    @Test
    void globsAndNamesSelectInTheOrderOfTheCatalogue() {
        assertEquals(List.of("h1-small", "idle-1000", "idle-10000"), names("idle-1*", "h1-small", "idle-1000"));
    }

    @Test
    void aNameOfNothingIsRefused() {
        assertEquals(
                "h1-smal (expected: a scenario of --list)",
                assertThrows(IllegalArgumentException.class, () -> names("h1-smal"))
                        .getMessage());
    }

    @Test
    void theQuickOnesExist() {
        assertEquals(Scenarios.QUICK, names(Scenarios.QUICK.toArray(String[]::new)));
    }

    @Test
    void namesAreUnique() {
        assertEquals(
                Scenarios.all().size(),
                Scenarios.all().stream().map(Scenario::name).distinct().count());
    }

    @Test
    void routesAreAskedForEachInTurn() {
        Work.Pressure work =
                (Work.Pressure) Scenarios.select(List.of("routes-1000")).get(0).work();

        assertEquals(1000, work.calls().size());
        assertEquals("/r00999/item", work.calls().get(999).path());
    }
}
