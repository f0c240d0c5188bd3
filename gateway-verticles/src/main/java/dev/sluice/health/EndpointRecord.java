package dev.sluice.health;

import dev.sluice.upstream.EndpointView;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of an endpoint, for people.
 *
 * @param view as it is published
 * @param ejections how often requests that failed have had it left out
 * @param ejectedUntilEpochMillis when it may come back; 0 when it is not left out
 * @param lastProbe null when none is over
 */
public record EndpointRecord(
        EndpointView view, int ejections, long ejectedUntilEpochMillis, @Nullable LastProbe lastProbe) {

    /**
     * A probe.
     *
     * @param success whether the endpoint passed it
     * @param result what it met
     * @param epochMillis when it was over
     */
    public record LastProbe(boolean success, String result, long epochMillis) {}
}
