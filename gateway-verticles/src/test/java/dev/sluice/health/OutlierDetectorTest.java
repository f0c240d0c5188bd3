package dev.sluice.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.ResourceKey;
import dev.sluice.config.UpstreamTerms.Outliers;
import dev.sluice.health.OutlierDetector.Ejection;
import dev.sluice.observe.UpstreamCounters.EjectionReason;
import dev.sluice.upstream.Endpoint;
import dev.sluice.upstream.EndpointReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OutlierDetectorTest {

    private static final ResourceKey APP = new ResourceKey("default", "app");

    private final List<EjectionReason> ejected = new ArrayList<>();
    private long now = 1_000_000;

    private static Outliers terms(int consecutive5xx, int gatewayErrors, int factor, int percent) {
        return new Outliers(
                consecutive5xx,
                gatewayErrors,
                factor,
                100,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(100),
                percent);
    }

    private OutlierDetector detector(Outliers terms, int endpoints) {
        OutlierDetector detector = new OutlierDetector(terms, () -> now, ejected::add);
        detector.endpoints(IntStream.range(0, endpoints)
                .mapToObj(OutlierDetectorTest::endpoint)
                .toList());
        return detector;
    }

    private static Endpoint endpoint(int i) {
        return new Endpoint("10.0.0." + i, "10.0.0." + i, 80);
    }

    private static EndpointReport gatewayErrors(int endpoint) {
        return new EndpointReport(APP, endpoint(endpoint), 0, 0, 5, true, true);
    }

    private static EndpointReport rate(int endpoint, long successes, long failures) {
        return new EndpointReport(APP, endpoint(endpoint), successes, failures, 0, false, false);
    }

    private void intervals(OutlierDetector detector, int count) {
        for (int i = 0; i < count; i++) {
            now += 10_000;
            detector.interval();
        }
    }

    private static long seconds(Ejection ejection) {
        return (ejection.untilMillis() - ejection.sinceMillis()) / 1000;
    }

    @Test
    void ejectsForGatewayErrorsInARow() {
        OutlierDetector detector = detector(terms(0, 5, 0, 10), 2);
        detector.report(gatewayErrors(0));
        Ejection ejection = detector.ejection(endpoint(0));
        assertEquals(new Ejection("5 gateway errors in a row", 1_000_000, 1_030_000), ejection);
        assertEquals(List.of(EjectionReason.CONSECUTIVE_GATEWAY_ERRORS), ejected);
        assertEquals(1, detector.ejections(endpoint(0)));
        assertNull(detector.ejection(endpoint(1)));
    }

    @Test
    void ejectsForServerErrorsInARowWhenAskedTo() {
        EndpointReport errors = new EndpointReport(APP, endpoint(0), 0, 3, 0, true, false);
        OutlierDetector off = detector(terms(0, 5, 0, 10), 2);
        off.report(errors);
        assertNull(off.ejection(endpoint(0)));
        OutlierDetector on = detector(terms(3, 5, 0, 10), 2);
        on.report(errors);
        Ejection ejection = on.ejection(endpoint(0));
        assertNotNull(ejection);
        assertEquals("3 failures in a row", ejection.reason());
        assertEquals(List.of(EjectionReason.CONSECUTIVE_5XX), ejected);
    }

    @Test
    void keepsTheOnlyEndpointAndAtMostThePercentage() {
        OutlierDetector alone = detector(terms(0, 5, 0, 10), 1);
        alone.report(gatewayErrors(0));
        assertNull(alone.ejection(endpoint(0)));

        OutlierDetector two = detector(terms(0, 5, 0, 10), 2);
        two.report(gatewayErrors(0));
        two.report(gatewayErrors(1));
        assertNotNull(two.ejection(endpoint(0)));
        assertNull(two.ejection(endpoint(1)), "one of two, though that is more than a tenth");

        OutlierDetector ten = detector(terms(0, 5, 0, 30), 10);
        for (int i = 0; i < 10; i++) {
            ten.report(gatewayErrors(i));
        }
        assertEquals(
                3,
                IntStream.range(0, 10)
                        .filter(i -> ten.ejection(endpoint(i)) != null)
                        .count());
    }

    @Test
    void letsBackAfterTheTimeAndNotBefore() {
        OutlierDetector detector = detector(terms(0, 5, 0, 10), 2);
        detector.report(gatewayErrors(0));
        intervals(detector, 2);
        assertNotNull(detector.ejection(endpoint(0)));
        intervals(detector, 1);
        assertNull(detector.ejection(endpoint(0)));
    }

    @Test
    void ejectsForLongerEachTimeUpToTheMost() {
        OutlierDetector detector = detector(terms(0, 5, 0, 10), 2);
        List<Long> times = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            detector.report(gatewayErrors(0));
            Ejection ejection = detector.ejection(endpoint(0));
            assertNotNull(ejection);
            times.add(seconds(ejection));
            while (detector.ejection(endpoint(0)) != null) {
                intervals(detector, 1);
            }
        }
        assertEquals(List.of(30L, 60L, 90L, 100L, 100L), times);
        assertEquals(5, detector.ejections(endpoint(0)));
    }

    @Test
    void forgetsEjectionsWithHealthyIntervals() {
        OutlierDetector detector = detector(terms(0, 5, 0, 10), 2);
        for (int i = 0; i < 2; i++) {
            detector.report(gatewayErrors(0));
            intervals(detector, 6);
        }
        assertNull(detector.ejection(endpoint(0)));
        intervals(detector, 2);
        detector.report(gatewayErrors(0));
        Ejection ejection = detector.ejection(endpoint(0));
        assertNotNull(ejection);
        assertEquals(30, seconds(ejection), "as for the first time");
    }

    @Test
    void ignoresWhatWasOnItsWayWhenAnEndpointWasEjected() {
        OutlierDetector detector = detector(terms(0, 5, 0, 10), 2);
        detector.report(gatewayErrors(0));
        detector.report(gatewayErrors(0));
        assertEquals(1, detector.ejections(endpoint(0)));
    }

    @Test
    void ejectsThoseFarBelowTheAverageOfTheOthers() {
        OutlierDetector detector = detector(terms(0, 0, 1900, 50), 6);
        for (int i = 0; i < 5; i++) {
            detector.report(rate(i, 100, 0));
        }
        detector.report(rate(5, 60, 40));
        intervals(detector, 1);
        for (int i = 0; i < 5; i++) {
            assertNull(detector.ejection(endpoint(i)));
        }
        Ejection ejection = detector.ejection(endpoint(5));
        assertNotNull(ejection);
        assertEquals("success rate 60.0%, 93.3% on average", ejection.reason());
        assertEquals(List.of(EjectionReason.SUCCESS_RATE), ejected);
    }

    @Test
    void comparesNeitherQuietEndpointsNorEqualOnes() {
        OutlierDetector detector = detector(terms(0, 0, 1900, 50), 7);
        for (int i = 0; i < 6; i++) {
            detector.report(rate(i, 200, 100));
        }
        detector.report(rate(6, 0, 99));
        intervals(detector, 1);
        assertEquals(List.of(), ejected);
    }

    @Test
    void countsEachIntervalAnew() {
        OutlierDetector detector = detector(terms(0, 0, 1900, 50), 6);
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < 5; i++) {
                detector.report(rate(i, 50, 0));
            }
            detector.report(rate(5, 0, 50));
            intervals(detector, 1);
        }
        assertEquals(List.of(), ejected, "50 requests in each of two intervals are not 100 in one");
    }

    @Test
    void aSuccessfulProbeLetsBackUnlessItBeganBefore() {
        OutlierDetector detector = detector(terms(0, 5, 0, 10), 2);
        detector.report(gatewayErrors(0));
        detector.probed(endpoint(0), now - 1);
        assertNotNull(detector.ejection(endpoint(0)));
        detector.probed(endpoint(1), now);
        assertNotNull(detector.ejection(endpoint(0)));
        detector.probed(endpoint(0), now);
        assertNull(detector.ejection(endpoint(0)));
    }

    @Test
    void forgetsEndpointsThatAreGone() {
        OutlierDetector detector = detector(terms(0, 5, 0, 10), 3);
        detector.report(gatewayErrors(0));
        detector.endpoints(List.of(endpoint(1), endpoint(2)));
        detector.endpoints(List.of(endpoint(0), endpoint(1)));
        assertNull(detector.ejection(endpoint(0)));
        assertEquals(0, detector.ejections(endpoint(0)));
        detector.report(gatewayErrors(2));
        assertNull(detector.ejection(endpoint(2)));
    }

    @Test
    void theWorstGoesFirst() {
        for (int worst = 0; worst < 2; worst++) {
            OutlierDetector detector = detector(terms(0, 0, 1000, 10), 10);
            for (int i = 0; i < 10; i++) {
                detector.report(i > 1 ? rate(i, 100, 0) : i == worst ? rate(i, 10, 90) : rate(i, 30, 70));
            }
            intervals(detector, 1);
            assertNotNull(detector.ejection(endpoint(worst)));
            assertNull(detector.ejection(endpoint(1 - worst)), "one of ten may be ejected");
        }
    }

    @Test
    void othersVotesLeaveOutWhatHasNotSucceededHere() {
        OutlierDetector detector = detector(terms(0, 5, 0, 10), 2);
        detector.vote(endpoint(0), true);
        assertEquals(
                new Ejection("ejected by most nodes of the cluster", 1_000_000, 1_000_000),
                detector.ejection(endpoint(0)));
        assertEquals(List.of(EjectionReason.VOTE), ejected);
        assertFalse(detector.isEjectedHere(endpoint(0)), "and so this node does not vote");
        detector.vote(endpoint(0), true);
        assertEquals(1, detector.ejections(endpoint(0)), "a vote that goes on is one");
        detector.report(rate(0, 1, 0));
        assertNull(detector.ejection(endpoint(0)), "a success here overrides it");
        detector.vote(endpoint(0), true);
        assertNull(detector.ejection(endpoint(0)), "for an interval");
        now += 10_001;
        assertFalse(detector.isUsed(endpoint(0)));
        detector.vote(endpoint(0), true);
        assertNotNull(detector.ejection(endpoint(0)));
        detector.vote(endpoint(0), false);
        assertNull(detector.ejection(endpoint(0)));
    }

    @Test
    void votesLeaveOutNoMoreThanOwnEjections() {
        OutlierDetector detector = detector(terms(0, 5, 0, 10), 2);
        detector.vote(endpoint(0), true);
        detector.vote(endpoint(1), true);
        assertNull(detector.ejection(endpoint(1)));
        detector.report(gatewayErrors(1));
        assertNull(detector.ejection(endpoint(1)));
        detector.vote(endpoint(0), false);
        detector.report(gatewayErrors(1));
        assertTrue(detector.isEjectedHere(endpoint(1)));
        detector.vote(endpoint(1), false);
        assertNotNull(detector.ejection(endpoint(1)), "a vote does not end what this node has found");
    }
}
