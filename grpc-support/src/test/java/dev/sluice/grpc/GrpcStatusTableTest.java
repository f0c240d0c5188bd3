package dev.sluice.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.sluice.failure.Failure;
import dev.sluice.testkit.Row;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GrpcStatusTableTest {

    @Test
    void everyFailureHasItsStatus() {
        Map<Failure, Integer> expected = new EnumMap<>(Failure.class);
        expected.put(Failure.BAD_REQUEST, 13);
        expected.put(Failure.METHOD_NOT_ALLOWED, 12);
        expected.put(Failure.URI_TOO_LONG, 13);
        expected.put(Failure.HEADERS_TOO_LARGE, 13);
        expected.put(Failure.VERSION_NOT_SUPPORTED, 13);
        expected.put(Failure.CLIENT_CLOSED, 1);
        expected.put(Failure.CONNECTION_ABORTED, 1);
        expected.put(Failure.OPERATOR_RESET, 1);
        expected.put(Failure.REQUEST_BODY_TIMEOUT, 1);
        expected.put(Failure.NO_ROUTE, 12);
        expected.put(Failure.NO_BACKEND, 13);
        expected.put(Failure.LOOP_DETECTED, 13);
        expected.put(Failure.RATE_LIMITED, 8);
        expected.put(Failure.REQUEST_TIMEOUT, 4);
        expected.put(Failure.DRAINING, 14);
        expected.put(Failure.INTERNAL, 13);
        expected.put(Failure.NO_ENDPOINT, 14);
        expected.put(Failure.OVERFLOW, 14);
        expected.put(Failure.POOL_TIMEOUT, 14);
        expected.put(Failure.DNS_ERROR, 14);
        expected.put(Failure.CONNECT_REFUSED, 14);
        expected.put(Failure.CONNECT_TIMEOUT, 14);
        expected.put(Failure.CONNECT_FAILED, 14);
        expected.put(Failure.TLS_ERROR, 14);
        expected.put(Failure.TLS_CERTIFICATE, 14);
        expected.put(Failure.UPSTREAM_CLOSED, 14);
        expected.put(Failure.UPSTREAM_INCOMPLETE, 13);
        expected.put(Failure.UPSTREAM_LOST, 14);
        expected.put(Failure.UPSTREAM_PROTOCOL, 13);
        expected.put(Failure.UPSTREAM_RESET, 1);
        expected.put(Failure.UPSTREAM_INSECURE, 7);
        expected.put(Failure.UPSTREAM_REFUSED_STREAM, 14);
        expected.put(Failure.UPSTREAM_CALM, 8);
        expected.put(Failure.UPSTREAM_TIMEOUT, 14);
        expected.put(Failure.STREAM_IDLE, 14);
        expected.put(Failure.CLIENT_TOO_SLOW, 1);
        expected.put(Failure.CONNECTION_ABORTED, 1);
        expected.put(Failure.REQUEST_TOO_SLOW, 1);
        expected.put(Failure.UPGRADE_REQUIRED, 12);
        expected.put(Failure.UPGRADE_UNSUPPORTED, 12);
        expected.put(Failure.PROTOCOL_NOT_IMPLEMENTED, 12);
        expected.put(Failure.HEADER_TIMEOUT, 13);
        expected.put(Failure.EXPECTATION_FAILED, 13);
        expected.put(Failure.TRANSFER_CODING, 13);
        expected.put(Failure.BODY_TOO_LARGE, 8);
        expected.put(Failure.FILTER_ABORT, 13);
        expected.put(Failure.TOO_MANY_UPGRADES, 14);
        expected.put(Failure.UNSUPPORTED_MEDIA_TYPE, 2);
        expected.put(Failure.GRPC_NEEDS_HTTP2, 14);
        expected.put(Failure.GRPC_REQUEST_TOO_LARGE, 8);
        expected.put(Failure.GRPC_RESPONSE_TOO_LARGE, 8);

        Map<Failure, Integer> actual = new EnumMap<>(Failure.class);
        for (Failure failure : Failure.values()) {
            actual.put(failure, GrpcStatusTable.of(failure).code());
        }
        assertEquals(expected, actual);
    }

    /** gRFC A54: these speak of the application's data, which no gateway knows. */
    @Test
    void noStatusThatOnlyAnApplicationCanGive() {
        Set<GrpcStatus> applications = EnumSet.of(
                GrpcStatus.OK,
                GrpcStatus.INVALID_ARGUMENT,
                GrpcStatus.NOT_FOUND,
                GrpcStatus.ALREADY_EXISTS,
                GrpcStatus.FAILED_PRECONDITION,
                GrpcStatus.ABORTED,
                GrpcStatus.OUT_OF_RANGE,
                GrpcStatus.DATA_LOSS);
        for (Failure failure : Failure.values()) {
            assertFalse(applications.contains(GrpcStatusTable.of(failure)), failure.name());
        }
        for (int status = 200; status < 600; status++) {
            assertFalse(applications.contains(GrpcStatusTable.ofHttp(status)), "HTTP " + status);
        }
    }

    @Row("E3.1")
    @Test
    void answersThatAreNotGrpc() {
        Map<Integer, GrpcStatus> named = Map.of(
                400, GrpcStatus.INTERNAL,
                401, GrpcStatus.UNAUTHENTICATED,
                403, GrpcStatus.PERMISSION_DENIED,
                404, GrpcStatus.UNIMPLEMENTED,
                429, GrpcStatus.UNAVAILABLE,
                431, GrpcStatus.INTERNAL,
                502, GrpcStatus.UNAVAILABLE,
                503, GrpcStatus.UNAVAILABLE,
                504, GrpcStatus.UNAVAILABLE);
        for (int status = 200; status < 600; status++) {
            assertEquals(
                    named.getOrDefault(status, GrpcStatus.UNKNOWN), GrpcStatusTable.ofHttp(status), "HTTP " + status);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, OK, 200",
        "1, CANCELLED, 200",
        "2, UNKNOWN, 500",
        "3, INVALID_ARGUMENT, 200",
        "4, DEADLINE_EXCEEDED, 504",
        "5, NOT_FOUND, 200",
        "6, ALREADY_EXISTS, 200",
        "7, PERMISSION_DENIED, 200",
        "8, RESOURCE_EXHAUSTED, 429",
        "9, FAILED_PRECONDITION, 200",
        "10, ABORTED, 200",
        "11, OUT_OF_RANGE, 200",
        "12, UNIMPLEMENTED, 200",
        "13, INTERNAL, 500",
        "14, UNAVAILABLE, 503",
        "15, DATA_LOSS, 500",
        "16, UNAUTHENTICATED, 200",
        "17, UNKNOWN, 500",
        "007, UNKNOWN, 500",
        "-1, UNKNOWN, 500",
        "'', UNKNOWN, 500",
        "ok, UNKNOWN, 500"
    })
    void statusesByTheirNumbers(String text, GrpcStatus status, int endpoint) {
        assertEquals(status, GrpcStatus.parse(text));
        assertEquals(endpoint, GrpcStatusTable.endpointStatus(status));
    }
}
