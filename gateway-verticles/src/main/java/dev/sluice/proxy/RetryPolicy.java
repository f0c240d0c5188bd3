package dev.sluice.proxy;

import dev.sluice.config.Defaults;
import dev.sluice.config.RetryTerms;
import dev.sluice.failure.Failure;
import dev.sluice.failure.RetryReason;
import io.vertx.core.MultiMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether a try that failed may be followed by another, and where and when: the rules R1 to R8 of {@code correctness.md}
 * E7, as far as they need nothing but facts. Has no state and changes nothing.
 */
final class RetryPolicy {

    /** Of a retry: how often its request has been sent before, plus one. Envoy's name, which meshes know. */
    static final String ATTEMPT_COUNT = "x-envoy-attempt-count";

    /** Of a gRPC retry: how often its request has been sent before (gRFC A6). */
    static final String GRPC_PREVIOUS_ATTEMPTS = "grpc-previous-rpc-attempts";

    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

    private RetryPolicy() {}

    /**
     * The facts of a request, one of whose tries has failed.
     *
     * @param reason what became of the try
     * @param failure what the client is told if it was the last
     * @param tries so far
     * @param idempotent whether it may be acted on twice
     * @param replayable whether all that was sent of it can be sent again
     * @param reused whether the connection had served a request before, so that its end may have crossed this one
     * @param transparentBefore whether an earlier retry was {@link Again#transparent} already
     * @param askedMillis what the upstream asks to wait; 0 for nothing, {@link RetryAdvice#NEVER}
     * @param remainingMillis what the route's deadline leaves; {@link Long#MAX_VALUE} for no end
     */
    record Situation(
            RetryReason reason,
            Failure failure,
            int tries,
            boolean idempotent,
            boolean replayable,
            boolean reused,
            boolean transparentBefore,
            long askedMillis,
            long remainingMillis) {}

    /**
     * How to try again.
     *
     * @param elsewhere whether it takes another endpoint than those tried
     * @param transparent whether the upstream has most likely not seen the request, so that the retry is its first try as far as
     *     anybody can tell: once for a request, at once and beside the budget
     * @param askedMillis wait at least so long
     */
    record Again(boolean elsewhere, boolean transparent, long askedMillis) {}

    /** How to try again; null when that try was the last. */
    static @Nullable Again decide(RetryTerms terms, Situation now) {
        RetryReason reason = now.reason();
        boolean safe = reason.anyMethod() || now.idempotent();
        if (!safe || !now.replayable() || now.tries() >= terms.attempts()) {
            return null;
        }
        long least = Defaults.LEAST_TIME_OF_A_RETRY.toMillis();
        if (now.askedMillis() > terms.maxBackoff().toMillis() || now.remainingMillis() - now.askedMillis() < least) {
            return null;
        }
        boolean elsewhere =
                switch (reason) {
                    case CONNECT -> now.failure() != Failure.CONNECT_REFUSED;
                    case CLOSED -> !now.reused();
                    case RESET -> true;
                    case UNSENT, REFUSED, TOO_EARLY, TIMEOUT, STATUS, CALL_STATUS -> false;
                };
        boolean unseen = reason == RetryReason.REFUSED || (reason == RetryReason.CLOSED && now.reused());
        return new Again(elsewhere, unseen && !now.transparentBefore(), now.askedMillis());
    }

    /**
     * How long to wait before a retry, drawn by full jitter: up to twice as long each time.
     *
     * @param tries so far
     * @param draw uniformly from 0 to 1
     */
    static long backoffMillis(RetryTerms terms, int tries, double draw) {
        long ceiling = terms.baseBackoff().toMillis() << Math.min(tries - 1, 16);
        return (long) (draw * Math.min(ceiling, terms.maxBackoff().toMillis()));
    }

    /** Whether a request may be acted on twice (RFC 9110 section 9.2.2), or says that its server sees to that. */
    static boolean idempotent(String method, MultiMap headers) {
        return IDEMPOTENT.contains(method) || headers.contains("idempotency-key");
    }

    /** Says to those behind us that the request is a retry, and the how manieth try. */
    static void mark(MultiMap headers, int tries, boolean grpc) {
        var unused = headers.set(ATTEMPT_COUNT, Integer.toString(tries));
        if (grpc) {
            var unusedGrpc = headers.set(GRPC_PREVIOUS_ATTEMPTS, Integer.toString(tries - 1));
        }
    }

    /** Whether somebody before us tries again what fails: tries would multiply. */
    static boolean isRetry(MultiMap headers) {
        String count = headers.get(ATTEMPT_COUNT);
        return (count != null && !count.equals("1")) || headers.contains(GRPC_PREVIOUS_ATTEMPTS);
    }
}
