package dev.sluice.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.ResourceKey;
import dev.sluice.config.UpstreamTerms.Outliers;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class EndpointTallyTest {

    private static final ResourceKey APP = new ResourceKey("default", "app");
    private static final Endpoint ENDPOINT = new Endpoint("10.0.0.1", "10.0.0.1", 80);

    private final EndpointTally tally = new EndpointTally();

    private static Outliers terms(int consecutive5xx, int gatewayErrors) {
        Duration any = Duration.ofSeconds(10);
        return new Outliers(consecutive5xx, gatewayErrors, 0, 100, any, any, any, 10);
    }

    private boolean count(Outliers terms, EndpointOutcome... outcomes) {
        boolean reached = false;
        for (EndpointOutcome outcome : outcomes) {
            assertFalse(reached, "only the last one reaches it");
            reached = tally.count(outcome, terms);
        }
        return reached;
    }

    @Test
    void reportsWhatCameSinceTheLastReport() {
        Outliers off = terms(0, 0);
        assertNull(tally.take(APP, ENDPOINT));
        assertFalse(count(
                off,
                EndpointOutcome.SUCCESS,
                EndpointOutcome.SUCCESS,
                EndpointOutcome.SERVER_ERROR,
                EndpointOutcome.GATEWAY_ERROR,
                EndpointOutcome.GATEWAY_ERROR,
                EndpointOutcome.GATEWAY_ERROR,
                EndpointOutcome.UNKNOWN));
        assertEquals(new EndpointReport(APP, ENDPOINT, 2, 1, 3, false, false), tally.take(APP, ENDPOINT));
        assertNull(tally.take(APP, ENDPOINT));
        assertFalse(count(off, EndpointOutcome.UNKNOWN));
        assertNull(tally.take(APP, ENDPOINT));
    }

    @Test
    void successEndsARunAndNothingDoesNot() {
        Outliers three = terms(0, 3);
        assertFalse(
                count(three, EndpointOutcome.GATEWAY_ERROR, EndpointOutcome.GATEWAY_ERROR, EndpointOutcome.SUCCESS));
        assertTrue(count(
                three,
                EndpointOutcome.GATEWAY_ERROR,
                EndpointOutcome.UNKNOWN,
                EndpointOutcome.GATEWAY_ERROR,
                EndpointOutcome.GATEWAY_ERROR));
        assertEquals(new EndpointReport(APP, ENDPOINT, 1, 0, 5, false, true), tally.take(APP, ENDPOINT));
        assertTrue(
                count(
                        three,
                        EndpointOutcome.GATEWAY_ERROR,
                        EndpointOutcome.GATEWAY_ERROR,
                        EndpointOutcome.GATEWAY_ERROR),
                "the next run is as long");
    }

    @Test
    void serverErrorsEndARunOfGatewayErrorsButNotOfBoth() {
        Outliers both = terms(4, 3);
        assertTrue(count(
                both,
                EndpointOutcome.GATEWAY_ERROR,
                EndpointOutcome.GATEWAY_ERROR,
                EndpointOutcome.SERVER_ERROR,
                EndpointOutcome.GATEWAY_ERROR));
        assertEquals(new EndpointReport(APP, ENDPOINT, 0, 1, 3, true, false), tally.take(APP, ENDPOINT));
    }

    @Test
    void forgetsRuns() {
        Outliers two = terms(0, 2);
        assertFalse(count(two, EndpointOutcome.GATEWAY_ERROR));
        tally.forgetRuns();
        assertFalse(count(two, EndpointOutcome.GATEWAY_ERROR));
        assertTrue(count(two, EndpointOutcome.GATEWAY_ERROR));
    }
}
