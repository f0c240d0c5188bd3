package dev.sluice.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a route's rule asks of its requests beyond its listener's {@link ClientTerms}: a {@code TrafficPolicy}.
 *
 * @param maxRequestBodyBytes of a request's body, in place of the listener's limit; {@link ClientTerms#UNLIMITED}; null
 *     keeps the listener's
 * @param streamIdleTimeout without a byte in either direction; zero for none; null keeps {@link Defaults#STREAM_IDLE}
 * @param connect whether CONNECT is let through to the backend, as a tunnel
 * @param retry when requests are tried again
 * @param grpc what it asks of gRPC calls
 */
public record RuleTerms(
        @Nullable Long maxRequestBodyBytes,
        @Nullable Duration streamIdleTimeout,
        boolean connect,
        RetryTerms retry,
        GrpcTerms grpc) {

    /** Of a rule without a policy. */
    public static final RuleTerms DEFAULT = new RuleTerms(null, null, false, RetryTerms.DEFAULT, GrpcTerms.DEFAULT);

    /** Without a word on gRPC. */
    public RuleTerms(
            @Nullable Long maxRequestBodyBytes,
            @Nullable Duration streamIdleTimeout,
            boolean connect,
            RetryTerms retry) {
        this(maxRequestBodyBytes, streamIdleTimeout, connect, retry, GrpcTerms.DEFAULT);
    }
}
