package dev.sluice.upstream;

/**
 * What is known of an endpoint.
 *
 * @param state the verdict
 * @param reason for people: what the last probe or the requests that decided it have met; empty when nothing is known
 * @param sinceEpochMillis when the state began; 0 when it is {@link State#UNKNOWN}
 */
public record EndpointHealth(State state, String reason, long sinceEpochMillis) {

    /** Before the first probe, or without any. */
    public static final EndpointHealth UNKNOWN = new EndpointHealth(State.UNKNOWN, "", 0);

    public enum State {
        /** Taken for healthy until something else is known. */
        UNKNOWN(true),
        /** Its probes succeed. */
        HEALTHY(true),
        /** Its probes fail. */
        UNHEALTHY(false),
        /** Its requests have failed; it is left out for a while. */
        EJECTED(false),
        /** Somebody wants it left alone; it gets no new request, however few others there are. */
        DRAINING(false);

        private final boolean fit;

        State(boolean fit) {
            this.fit = fit;
        }
    }

    /** Whether it is given requests. */
    public boolean fit() {
        return state.fit;
    }

    /** Whether it is given none even where health is ignored, for want of others that are fit. */
    public boolean draining() {
        return state == State.DRAINING;
    }
}
