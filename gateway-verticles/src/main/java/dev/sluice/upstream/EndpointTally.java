package dev.sluice.upstream;

import dev.sluice.config.ResourceKey;
import dev.sluice.config.UpstreamTerms.Outliers;
import org.jspecify.annotations.Nullable;

/**
 * Counts what requests meet at one endpoint on one loop. Runs of failures are each loop's own: a backend that fails fails
 * on every loop, and none has to know of the others' order.
 */
final class EndpointTally {

    private long successes;
    private long serverErrors;
    private long gatewayErrors;
    private int serverErrorsInARow;
    private int gatewayErrorsInARow;
    private boolean serverErrorRun;
    private boolean gatewayErrorRun;

    /**
     * One more.
     *
     * @return whether a run is as long as the terms bear, which should be reported at once; the next run begins then
     */
    boolean count(EndpointOutcome outcome, Outliers terms) {
        switch (outcome) {
            case SUCCESS -> {
                successes++;
                forgetRuns();
            }
            case SERVER_ERROR -> {
                serverErrors++;
                serverErrorsInARow++;
                gatewayErrorsInARow = 0;
            }
            case GATEWAY_ERROR -> {
                gatewayErrors++;
                serverErrorsInARow++;
                gatewayErrorsInARow++;
            }
            case UNKNOWN -> {
                return false;
            }
        }
        boolean reached = false;
        if (terms.consecutive5xx() > 0 && serverErrorsInARow >= terms.consecutive5xx()) {
            serverErrorsInARow = 0;
            serverErrorRun = true;
            reached = true;
        }
        if (terms.consecutiveGatewayErrors() > 0 && gatewayErrorsInARow >= terms.consecutiveGatewayErrors()) {
            gatewayErrorsInARow = 0;
            gatewayErrorRun = true;
            reached = true;
        }
        return reached;
    }

    /** The endpoint begins anew: what it failed before it was left out is settled. */
    void forgetRuns() {
        serverErrorsInARow = 0;
        gatewayErrorsInARow = 0;
    }

    /** What has been counted since the last call; null when nothing has. */
    @Nullable
    EndpointReport take(ResourceKey backend, Endpoint endpoint) {
        if (successes + serverErrors + gatewayErrors == 0) {
            return null;
        }
        EndpointReport report = new EndpointReport(
                backend, endpoint, successes, serverErrors, gatewayErrors, serverErrorRun, gatewayErrorRun);
        successes = 0;
        serverErrors = 0;
        gatewayErrors = 0;
        serverErrorRun = false;
        gatewayErrorRun = false;
        return report;
    }
}
