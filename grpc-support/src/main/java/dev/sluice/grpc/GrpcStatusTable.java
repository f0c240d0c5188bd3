package dev.sluice.grpc;

import dev.sluice.failure.Failure;

/**
 * Which gRPC status a failure gets. Streams that upstreams reset follow the table of {@code PROTOCOL-HTTP2.md}; the
 * gateway's own decisions follow {@code http-grpc-status-mapping.md}, which gives a missing route UNIMPLEMENTED.
 */
public final class GrpcStatusTable {

    private GrpcStatusTable() {}

    /** Never OK: a failure is not an answer. */
    public static GrpcStatus of(Failure failure) {
        return switch (failure) {
            case UPSTREAM_INSECURE -> GrpcStatus.PERMISSION_DENIED;
            // The client went away or stopped in the middle of its message, or the backend cancelled the call.
            case CLIENT_CLOSED,
                    CLIENT_TOO_SLOW,
                    CONNECTION_ABORTED,
                    REQUEST_BODY_TIMEOUT,
                    REQUEST_TOO_SLOW,
                    UPSTREAM_RESET -> GrpcStatus.CANCELLED;
            case NO_ROUTE, METHOD_NOT_ALLOWED, UPGRADE_REQUIRED, UPGRADE_UNSUPPORTED, PROTOCOL_NOT_IMPLEMENTED ->
                GrpcStatus.UNIMPLEMENTED;
            // The exchange's own deadline has passed; a slow backend alone is UNAVAILABLE, so that it may be retried.
            case REQUEST_TIMEOUT -> GrpcStatus.DEADLINE_EXCEEDED;
            // A client's fault that gRPC libraries never make: the HTTP mapping of 400 and 431.
            case BAD_REQUEST,
                    HEADER_TIMEOUT,
                    EXPECTATION_FAILED,
                    HEADERS_TOO_LARGE,
                    URI_TOO_LONG,
                    TRANSFER_CODING,
                    VERSION_NOT_SUPPORTED -> GrpcStatus.INTERNAL;
            case UPSTREAM_CALM, BODY_TOO_LARGE -> GrpcStatus.RESOURCE_EXHAUSTED;
            case FILTER_ABORT, NO_BACKEND, LOOP_DETECTED, INTERNAL, UPSTREAM_PROTOCOL, UPSTREAM_INCOMPLETE ->
                GrpcStatus.INTERNAL;
            case DRAINING,
                    TOO_MANY_UPGRADES,
                    NO_ENDPOINT,
                    OVERFLOW,
                    POOL_TIMEOUT,
                    DNS_ERROR,
                    CONNECT_REFUSED,
                    CONNECT_TIMEOUT,
                    CONNECT_FAILED,
                    TLS_ERROR,
                    TLS_CERTIFICATE,
                    UPSTREAM_CLOSED,
                    UPSTREAM_REFUSED_STREAM,
                    UPSTREAM_TIMEOUT,
                    STREAM_IDLE -> GrpcStatus.UNAVAILABLE;
        };
    }
}
