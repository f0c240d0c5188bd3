package dev.sluice.testkit;

import dev.sluice.config.Defaults;
import dev.sluice.config.RetryTerms;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@link RetryTerms} of tests, for {@link TestConfig.Rule#retry}: the default with a change or two. */
public final class Retries {

    /** One try, for tests that look at what becomes of it. */
    public static final RetryTerms ONCE = attempts(1);

    private Retries() {}

    public static RetryTerms attempts(int attempts, Integer... statuses) {
        return terms(attempts, Set.of(statuses), Duration.ZERO, Defaults.REPLAY_BUFFER_BYTES, null);
    }

    public static RetryTerms on(Integer... statuses) {
        return attempts(Defaults.ATTEMPTS, statuses);
    }

    public static RetryTerms perTry(Duration timeout) {
        return terms(Defaults.ATTEMPTS, Set.of(), timeout, Defaults.REPLAY_BUFFER_BYTES, null);
    }

    public static RetryTerms perTry(Duration timeout, int attempts) {
        return terms(attempts, Set.of(), timeout, Defaults.REPLAY_BUFFER_BYTES, null);
    }

    public static RetryTerms keeping(int bufferBytes) {
        return terms(Defaults.ATTEMPTS, Set.of(), Duration.ZERO, bufferBytes, null);
    }

    public static RetryTerms hedging(Duration delay, Integer... statuses) {
        return terms(Defaults.ATTEMPTS, Set.of(statuses), Duration.ZERO, Defaults.REPLAY_BUFFER_BYTES, delay);
    }

    /** Answers that are nothing but one of these gRPC statuses, by their numbers, are tried again. */
    public static RetryTerms grpc(int attempts, Integer... statuses) {
        return new RetryTerms(
                attempts,
                Set.of(),
                Set.of(statuses),
                Duration.ZERO,
                Defaults.RETRY_BASE_BACKOFF,
                Defaults.RETRY_MAX_BACKOFF,
                Defaults.REPLAY_BUFFER_BYTES,
                null);
    }

    private static RetryTerms terms(
            int attempts, Set<Integer> statuses, Duration perTry, int bufferBytes, @Nullable Duration hedgeDelay) {
        return new RetryTerms(
                attempts,
                statuses,
                Set.of(),
                perTry,
                Defaults.RETRY_BASE_BACKOFF,
                Defaults.RETRY_MAX_BACKOFF,
                bufferBytes,
                hedgeDelay);
    }
}
