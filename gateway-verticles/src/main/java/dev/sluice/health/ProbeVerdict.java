package dev.sluice.health;

import dev.sluice.config.UpstreamTerms.HealthCheck;
import dev.sluice.upstream.EndpointHealth.State;

/** What an endpoint's probes say of it: the first alone decides, after that only several in a row change it. */
final class ProbeVerdict {

    private State state = State.UNKNOWN;
    private String reason = "";
    private int against;

    State state() {
        return state;
    }

    /** What the probe that decided has met. */
    String reason() {
        return reason;
    }

    /** Takes over what others' probes say. */
    void adopt(State says, String because) {
        if (says != state) {
            state = says;
            reason = because;
        }
        against = 0;
    }

    /** Takes a result in. */
    void probed(boolean success, String result, HealthCheck terms) {
        State says = success ? State.HEALTHY : State.UNHEALTHY;
        if (says == state) {
            against = 0;
            return;
        }
        against++;
        int needed = success ? terms.healthyThreshold() : terms.unhealthyThreshold();
        if (state == State.UNKNOWN || against >= needed) {
            state = says;
            reason = result;
            against = 0;
        }
    }
}
