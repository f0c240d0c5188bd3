package dev.sluice.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.failure.Failure;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

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
        expected.put(Failure.REQUEST_BODY_TIMEOUT, 1);
        expected.put(Failure.NO_ROUTE, 12);
        expected.put(Failure.NO_BACKEND, 13);
        expected.put(Failure.LOOP_DETECTED, 13);
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

        Map<Failure, Integer> actual = new EnumMap<>(Failure.class);
        for (Failure failure : Failure.values()) {
            actual.put(failure, GrpcStatusTable.of(failure).code());
        }
        assertEquals(expected, actual);
    }
}
