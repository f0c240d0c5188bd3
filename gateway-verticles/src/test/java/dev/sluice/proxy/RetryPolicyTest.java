package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Defaults;
import dev.sluice.config.RetryTerms;
import dev.sluice.failure.Failure;
import dev.sluice.failure.ProtocolError;
import dev.sluice.failure.ProtocolError.Phase;
import dev.sluice.failure.ProtocolError.Protocol;
import dev.sluice.failure.ProtocolError.Scope;
import dev.sluice.failure.RetryReason;
import dev.sluice.proxy.RetryPolicy.Again;
import dev.sluice.proxy.RetryPolicy.Situation;
import dev.sluice.testkit.Row;
import dev.sluice.wire.FieldLines;
import io.vertx.core.http.HttpHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The decision alone, row by row of correctness.md E7. */
final class RetryPolicyTest {

    private static final long NOW = 1_795_241_237_000L;

    private static @Nullable Again decide(Situation situation) {
        return RetryPolicy.decide(RetryTerms.DEFAULT, situation);
    }

    @Row({"E7.R1", "E7.R2", "E7.R5", "E7.R7"})
    @ParameterizedTest(name = "{0} {1}, reused {2}, transparent before {3}: any {4}, elsewhere {5}, transparent {6}")
    @CsvSource({
        "CONNECT, CONNECT_REFUSED, false, false, true, false, false",
        "CONNECT, CONNECT_TIMEOUT, false, false, true, true, false",
        "CONNECT, TLS_ERROR, false, false, true, true, false",
        "UNSENT, UPSTREAM_CLOSED, true, false, true, false, false",
        "REFUSED, UPSTREAM_REFUSED_STREAM, false, false, true, false, true",
        "REFUSED, UPSTREAM_REFUSED_STREAM, false, true, true, false, false",
        "TOO_EARLY, UPSTREAM_PROTOCOL, false, false, true, false, false",
        "CLOSED, UPSTREAM_CLOSED, false, false, false, true, false",
        "CLOSED, UPSTREAM_CLOSED, true, false, false, false, true",
        "CLOSED, UPSTREAM_CLOSED, true, true, false, false, false",
        "RESET, UPSTREAM_PROTOCOL, true, false, false, true, false",
        "TIMEOUT, UPSTREAM_TIMEOUT, false, false, false, false, false",
        "STATUS, UPSTREAM_PROTOCOL, false, false, false, false, false",
    })
    void whereAndWhen(
            RetryReason reason,
            Failure failure,
            boolean reused,
            boolean transparentBefore,
            boolean anyMethod,
            boolean elsewhere,
            boolean transparent) {
        Situation idempotent =
                new Situation(reason, failure, 1, true, true, reused, transparentBefore, 0, Long.MAX_VALUE);
        assertEquals(new Again(elsewhere, transparent, 0), decide(idempotent));
        Situation other = new Situation(reason, failure, 1, false, true, reused, transparentBefore, 0, Long.MAX_VALUE);
        assertEquals(anyMethod, decide(other) != null);
        Situation spent = new Situation(reason, failure, 3, true, true, reused, transparentBefore, 0, Long.MAX_VALUE);
        assertNull(decide(spent), "three tries");
        Situation lost = new Situation(reason, failure, 1, true, false, reused, transparentBefore, 0, Long.MAX_VALUE);
        assertNull(decide(lost), "a body that cannot be sent again");
    }

    @Row({"E7.R3", "E7.R5", "E7.R6"})
    @ParameterizedTest(name = "asked to wait {0} ms with {1} ms left: {2}")
    @CsvSource({
        "0, 40, true",
        "0, 39, false",
        "250, 290, true",
        "250, 289, false",
        "251, 100000, false",
        "9223372036854775807, 100000, false",
        "0, -5, false",
    })
    void time(long askedMillis, long remainingMillis, boolean again) {
        Situation situation = new Situation(
                RetryReason.STATUS,
                Failure.UPSTREAM_PROTOCOL,
                1,
                true,
                true,
                false,
                false,
                askedMillis,
                remainingMillis);
        assertEquals(again, decide(situation) != null);
    }

    @Row({"E7.R1", "E7.R2", "E7.R3"})
    @ParameterizedTest(name = "{0}, opened {1}, answered {2}, code {3}: {4}")
    @CsvSource(
            nullValues = "-",
            value = {
                "CONNECT_REFUSED, false, false, -1, CONNECT",
                "CONNECT_TIMEOUT, false, false, -1, CONNECT",
                "TLS_CERTIFICATE, false, false, -1, CONNECT",
                "UPSTREAM_CLOSED, false, false, -1, UNSENT",
                "UPSTREAM_PROTOCOL, false, false, -1, UNSENT",
                "UPSTREAM_CLOSED, true, false, -1, CLOSED",
                "UPSTREAM_CLOSED, true, true, -1, -",
                "UPSTREAM_REFUSED_STREAM, true, false, 7, REFUSED",
                "UPSTREAM_INCOMPLETE, true, false, 0, RESET",
                "UPSTREAM_PROTOCOL, true, false, 1, RESET",
                "UPSTREAM_PROTOCOL, true, false, 2, RESET",
                "UPSTREAM_PROTOCOL, true, true, 2, -",
                "UPSTREAM_PROTOCOL, true, false, 13, -",
                "UPSTREAM_PROTOCOL, true, false, -1, -",
                "UPSTREAM_RESET, true, false, 8, -",
                "UPSTREAM_CALM, true, false, 11, RESET",
                "UPSTREAM_INSECURE, true, false, 12, -",
                "UPSTREAM_TIMEOUT, true, false, -1, TIMEOUT",
                "UPSTREAM_TIMEOUT, false, false, -1, CONNECT",
                "POOL_TIMEOUT, false, false, -1, -",
                "OVERFLOW, false, false, -1, -",
                "CLIENT_CLOSED, true, false, -1, -",
            })
    void reasons(Failure failure, boolean opened, boolean answered, long code, @Nullable RetryReason reason) {
        ProtocolError reset =
                code < 0 ? null : new ProtocolError(Protocol.HTTP_2, code, Scope.STREAM, Phase.BEFORE_HEAD);
        assertEquals(reason, RetryReason.of(failure, opened, answered, reset));
    }

    @Row("E7.R2")
    @Test
    void idempotentRequests() {
        for (String method : new String[] {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}) {
            assertTrue(RetryPolicy.idempotent(method, HttpHeaders.headers()), method);
        }
        for (String method : new String[] {"POST", "PATCH", "CONNECT", "get"}) {
            assertFalse(RetryPolicy.idempotent(method, HttpHeaders.headers()), method);
            assertTrue(RetryPolicy.idempotent(method, HttpHeaders.headers().add("Idempotency-Key", "1")), method);
        }
    }

    @Row("E7.R8")
    @Test
    void marks() {
        assertFalse(RetryPolicy.isRetry(HttpHeaders.headers()));
        assertFalse(RetryPolicy.isRetry(HttpHeaders.headers().add("x-envoy-attempt-count", "1")));
        assertTrue(RetryPolicy.isRetry(HttpHeaders.headers().add("x-envoy-attempt-count", "2")));
        assertTrue(RetryPolicy.isRetry(HttpHeaders.headers().add("grpc-previous-rpc-attempts", "1")));
    }

    @Row("E7.R6")
    @Test
    void backoffDoublesWithFullJitter() {
        long[] ceilings = {25, 50, 100, 200, 250, 250};
        for (int tries = 1; tries <= ceilings.length; tries++) {
            assertEquals(0, RetryPolicy.backoffMillis(RetryTerms.DEFAULT, tries, 0));
            long most = RetryPolicy.backoffMillis(RetryTerms.DEFAULT, tries, Math.nextDown(1.0));
            assertEquals(ceilings[tries - 1] - 1, most, "after " + tries);
            assertEquals(ceilings[tries - 1] / 2, RetryPolicy.backoffMillis(RetryTerms.DEFAULT, tries, 0.5));
        }
        assertEquals(249, RetryPolicy.backoffMillis(RetryTerms.DEFAULT, 1_000, Math.nextDown(1.0)));
        assertEquals(25, Defaults.RETRY_BASE_BACKOFF.toMillis());
    }

    @Row("E7.R5")
    @ParameterizedTest(name = "{0}: {1} is {2}")
    @CsvSource({
        "retry-after, 0, 0",
        "retry-after, 2, 2000",
        "retry-after, 9999999999, 9223372036854775807",
        "retry-after, -1, 9223372036854775807",
        "retry-after, soon, 9223372036854775807",
        "retry-after, 'Sat, 21 Nov 2026 06:07:20 GMT', 3000",
        "retry-after, 'Sun, 06 Nov 1994 08:49:37 GMT', 0",
        "x-should-retry, false, 9223372036854775807",
        "x-should-retry, FALSE, 9223372036854775807",
        "x-should-retry, true, 0",
        "grpc-retry-pushback-ms, 15, 15",
        "grpc-retry-pushback-ms, -1, 9223372036854775807",
        "grpc-retry-pushback-ms, x, 9223372036854775807",
        "server, x, 0",
    })
    void advice(String name, String value, long millis) {
        FieldLines fields = new FieldLines();
        fields.add(name, value);
        assertEquals(millis, RetryAdvice.millis(fields, NOW));
    }
}
