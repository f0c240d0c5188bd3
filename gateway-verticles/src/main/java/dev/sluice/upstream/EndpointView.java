package dev.sluice.upstream;

/**
 * An endpoint as {@code UpstreamVerticle} publishes it: what it is, what it may bear and how it is.
 *
 * @param endpoint its identity; the state of one with the same identity is kept
 * @param weight its share among the others, at least 1
 * @param priority of the lowest number those are used that are fit
 * @param zone where it stands; empty when nobody says
 * @param health how it is
 */
public record EndpointView(Endpoint endpoint, int weight, int priority, String zone, EndpointHealth health) {

    /** One among equals, of which nothing is known. */
    public static EndpointView of(Endpoint endpoint) {
        return new EndpointView(endpoint, 1, 0, "", EndpointHealth.UNKNOWN);
    }
}
