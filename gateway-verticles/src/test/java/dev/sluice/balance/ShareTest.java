package dev.sluice.balance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Priorities, panic and zones: who takes which part of the traffic. */
final class ShareTest {

    private final List<TestTarget> targets = new ArrayList<>();

    private void add(int count, int fit, int priority, String zone) {
        for (int i = 0; i < count; i++) {
            targets.add(new TestTarget(priority + zone + i)
                    .priority(priority)
                    .zone(zone)
                    .fit(i < fit));
        }
    }

    private String divide(String zone, int panicPercent) {
        StringBuilder text = new StringBuilder();
        for (Share<TestTarget> share : Share.divide(targets, zone, panicPercent)) {
            text.append(Math.round(share.part() * 1000)).append(':');
            share.targets().forEach(target -> text.append(' ').append(target.name()));
            text.append("; ");
        }
        return text.toString().trim();
    }

    @Test
    void theUnfitAreLeftOut() {
        add(4, 3, 0, "");
        assertEquals("1000: 00 01 02;", divide("", 50));
    }

    @Test
    void laterPrioritiesWait() {
        add(2, 2, 0, "");
        add(2, 2, 1, "");
        assertEquals("1000: 00 01;", divide("", 50));
    }

    /** 3 of 4 times 1.4 is more than enough, 2 of 4 is 70 %. */
    @Test
    void failoverIsGradual() {
        add(4, 3, 0, "");
        add(1, 1, 1, "");
        assertEquals("1000: 00 01 02;", divide("", 50));
        targets.get(2).fit(false);
        assertEquals("700: 00 01; 300: 10;", divide("", 50));
        targets.get(1).fit(false);
        assertEquals("350: 00; 650: 10;", divide("", 50));
        targets.get(0).fit(false);
        assertEquals("1000: 10;", divide("", 50));
    }

    @Test
    void thePrioritiesThatAreLeftShareWhatTheyCannotBear() {
        add(4, 1, 0, "");
        add(4, 1, 3, "");
        // Each can take 35 %: half each, and both are in panic.
        assertEquals("500: 00 01 02 03; 500: 30 31 32 33;", divide("", 50));
        assertEquals("500: 00; 500: 30;", divide("", 20));
    }

    @Test
    void panicBeginsBelowTheThreshold() {
        add(4, 2, 0, "");
        assertEquals("1000: 00 01;", divide("", 50));
        assertEquals("1000: 00 01 02 03;", divide("", 51));
        assertEquals("1000: 00 01;", divide("", 0));
    }

    @Test
    void whenNobodyIsFitAllAreOrNone() {
        add(3, 0, 0, "");
        add(1, 0, 1, "");
        assertEquals("750: 00 01 02; 250: 10;", divide("", 50));
        assertEquals("", divide("", 0));
    }

    @Test
    void theOwnZoneKeepsItsRequests() {
        add(2, 2, 0, "a");
        add(2, 2, 0, "b");
        assertEquals("1000: 0a0 0a1;", divide("a", 50));
        assertEquals("1000: 0b0 0b1;", divide("b", 50));
        assertEquals("1000: 0a0 0a1 0b0 0b1;", divide("", 50));
        assertEquals("1000: 0a0 0a1 0b0 0b1;", divide("c", 50));
    }

    /**
     * Three zones with a third of the requests each. Zone a has 1 of 6, half of what it needs, so half goes where there is
     * more than a third: b, with a half. Each target then has a sixth of all.
     */
    @Test
    void aZoneWithTooFewSpillsOver() {
        add(1, 1, 0, "a");
        add(3, 3, 0, "b");
        add(2, 2, 0, "c");
        assertEquals("500: 0a0; 500: 0b0 0b1 0b2;", divide("a", 50));
        assertEquals("1000: 0b0 0b1 0b2;", divide("b", 50));
        assertEquals("1000: 0c0 0c1;", divide("c", 50));
    }

    /** Zone a has 1 of 5 fit ones and needs a half: it keeps 2 of 5, the rest goes over. */
    @Test
    void unfitTargetsShrinkTheirZone() {
        add(4, 1, 0, "a");
        add(4, 4, 0, "b");
        assertEquals("400: 0a0; 600: 0b0 0b1 0b2 0b3;", divide("a", 50));
        targets.get(0).fit(false);
        assertEquals("1000: 0b0 0b1 0b2 0b3;", divide("a", 50));
    }

    /** Whoever stands nowhere takes requests of every zone, and sends none: 2 of 4 here, beside a third that is b's own. */
    @Test
    void targetsWithoutAZoneHelpAll() {
        add(1, 1, 0, "a");
        add(1, 1, 0, "b");
        add(2, 2, 0, "");
        assertEquals("500: 0a0; 500: 00 01;", divide("a", 50));
    }

    @Test
    void zonesAreComparedByWeight() {
        add(1, 1, 0, "a");
        add(1, 1, 0, "b");
        targets.get(1).weight(3);
        assertEquals("500: 0a0; 500: 0b0;", divide("a", 50));
        targets.get(0).weight(3);
        assertEquals("1000: 0a0;", divide("a", 50));
    }

    @Test
    void zonesCountWithinAPriority() {
        add(4, 2, 0, "a");
        add(1, 1, 1, "a");
        add(1, 1, 1, "b");
        assertEquals("700: 0a0 0a1; 300: 1b0;", divide("b", 50));
    }
}
