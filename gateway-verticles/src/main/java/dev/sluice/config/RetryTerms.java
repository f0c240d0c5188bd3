package dev.sluice.config;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * When a rule's requests are tried again, or at two endpoints at once. Which of them may be at all is not a matter of
 * configuration: see the table of retry safety in {@code docs/life-of-a-request.md}.
 *
 * @param attempts tries in all, 1 for no retry
 * @param statuses of an answer that are tried again when the request is idempotent; empty for none
 * @param grpcStatuses numbers of gRPC statuses that are tried again when they are all of an answer (trailers-only), whatever
 *     the method: who names them knows that its servers have not acted then (gRFC A6); empty for none
 * @param perTryTimeout from choosing an endpoint to the answer's head; zero for none
 * @param baseBackoff before the first retry at an endpoint that was reached; doubles, with full jitter
 * @param maxBackoff the most, also for what {@code Retry-After} asks: beyond it the answer is passed on
 * @param bufferBytes of a request's body that are kept for another try; what is longer is sent once
 * @param hedgeDelay how long the first try may take before a second begins beside it; null for no hedging
 */
public record RetryTerms(
        int attempts,
        Set<Integer> statuses,
        Set<Integer> grpcStatuses,
        Duration perTryTimeout,
        Duration baseBackoff,
        Duration maxBackoff,
        int bufferBytes,
        @Nullable Duration hedgeDelay) {

    /** Of a rule without a policy: broken connections are made good, answers are passed on. */
    public static final RetryTerms DEFAULT = new RetryTerms(
            Defaults.ATTEMPTS,
            Set.of(),
            Set.of(),
            Duration.ZERO,
            Defaults.RETRY_BASE_BACKOFF,
            Defaults.RETRY_MAX_BACKOFF,
            Defaults.REPLAY_BUFFER_BYTES,
            null);

    public RetryTerms {
        statuses = Set.copyOf(statuses);
        grpcStatuses = Set.copyOf(grpcStatuses);
    }

    /** Whether answers of this status are tried again; asked for every answer, so that it makes no object for none. */
    public boolean names(int status) {
        return !statuses.isEmpty() && statuses.contains(status);
    }
}
