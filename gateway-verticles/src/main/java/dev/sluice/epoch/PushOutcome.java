package dev.sluice.epoch;

import java.util.List;
import java.util.Locale;

/**
 * What became of a push.
 *
 * @param epoch its number; 0 where it never got one
 * @param nodes what each node has said in the phase that decided
 * @param reason in one sentence; empty when all is well
 */
public record PushOutcome(Result result, long epoch, List<NodeVerdict> nodes, String reason) {

    /** What may become of one. */
    public enum Result {
        /** All nodes in sight use it. */
        ACTIVATED,
        /** All nodes in sight would take it; nothing more was asked. */
        VALID,
        /** A node has problems with it; no node uses it. */
        REFUSED,
        /** Another one was first; no node uses it. */
        CONFLICT,
        /** A node has not answered; no node uses it. */
        UNANSWERED,
        /** A node could not activate it; all are back at the one before. */
        ROLLED_BACK;

        /** As it is shown. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public PushOutcome {
        nodes = List.copyOf(nodes);
    }
}
