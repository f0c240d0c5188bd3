package dev.sluice.spi;

import dev.sluice.config.GrpcTerms;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A protocol over HTTP in whose calls the gateway takes part, as in gRPC's: it knows their deadlines, messages and
 * statuses, and may speak another dialect to the client than to the upstream.
 */
public interface CallProtocol {

    /**
     * What the protocol makes of one rule. Called off the event loops, once for each rule of a snapshot; may read files.
     *
     * @param grpcRoute whether the rule is a GRPCRoute's, so that all its exchanges are calls
     * @param terms what the rule's policy says
     * @return null when it has no part in the rule's exchanges
     * @throws IllegalArgumentException with a message for the user; the snapshot is then rejected with it
     */
    @Nullable
    Rule rule(boolean grpcRoute, GrpcTerms terms);

    /** What its calls have come to, by method, in no order; from any thread. */
    default List<CallCount> counts() {
        return List.of();
    }

    /** The protocol on one rule; shared by all event loops, so immutable or safe for several threads. */
    interface Rule {

        /**
         * The call that a request begins, before any filter has seen it. May change the request's target, method and
         * deadline; may answer or fail, and then gives null.
         *
         * @return null when the request is no call: it is forwarded as it is, unless it was answered
         */
        @Nullable
        Call begin(CallExchange exchange);
    }
}
