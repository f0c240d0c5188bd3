package dev.sluice.grpc;

import dev.sluice.failure.Failure;

/**
 * Which gRPC status a failure or an HTTP status gets, and what a status says of the endpoint that gave it. Streams that
 * upstreams reset follow the table of {@code PROTOCOL-HTTP2.md}; the gateway's own decisions follow {@code
 * http-grpc-status-mapping.md}, which gives a missing route UNIMPLEMENTED. What only an application can know (gRFC A54:
 * INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, ABORTED, OUT_OF_RANGE, DATA_LOSS) is never given.
 */
public final class GrpcStatusTable {

    private GrpcStatusTable() {}

    /** Never OK: a failure is not an answer. */
    public static GrpcStatus of(Failure failure) {
        return switch (failure) {
            case UPSTREAM_INSECURE -> GrpcStatus.PERMISSION_DENIED;
            // The client went away or stopped in the middle of its message, or somebody cancelled the call for good.
            case CLIENT_CLOSED,
                    CLIENT_TOO_SLOW,
                    CONNECTION_ABORTED,
                    OPERATOR_RESET,
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
            case RATE_LIMITED, UPSTREAM_CALM, BODY_TOO_LARGE, GRPC_REQUEST_TOO_LARGE, GRPC_RESPONSE_TOO_LARGE ->
                GrpcStatus.RESOURCE_EXHAUSTED;
            // As a client reads HTTP's 415.
            case UNSUPPORTED_MEDIA_TYPE -> GrpcStatus.UNKNOWN;
            case FILTER_ABORT, NO_BACKEND, LOOP_DETECTED, INTERNAL, UPSTREAM_PROTOCOL, UPSTREAM_INCOMPLETE ->
                GrpcStatus.INTERNAL;
            case DRAINING,
                    TOO_MANY_UPGRADES,
                    GRPC_NEEDS_HTTP2,
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
                    UPSTREAM_LOST,
                    UPSTREAM_REFUSED_STREAM,
                    UPSTREAM_TIMEOUT,
                    STREAM_IDLE -> GrpcStatus.UNAVAILABLE;
        };
    }

    /**
     * What an answer that is not gRPC comes to ({@code doc/http-grpc-status-mapping.md}).
     *
     * @param status an HTTP status, 200..599
     */
    public static GrpcStatus ofHttp(int status) {
        return switch (status) {
            case 400, 431 -> GrpcStatus.INTERNAL;
            case 401 -> GrpcStatus.UNAUTHENTICATED;
            case 403 -> GrpcStatus.PERMISSION_DENIED;
            case 404 -> GrpcStatus.UNIMPLEMENTED;
            case 429, 502, 503, 504 -> GrpcStatus.UNAVAILABLE;
            default -> GrpcStatus.UNKNOWN;
        };
    }

    /**
     * What a status says of the endpoint that gave it, as an HTTP status: those of Envoy's {@code
     * Grpc::Utility::grpcToHttpStatus} where the server is to blame or to be spared, and 200 where the call is.
     */
    static int endpointStatus(GrpcStatus status) {
        return switch (status) {
            case UNKNOWN, INTERNAL, DATA_LOSS -> 500;
            case UNAVAILABLE -> 503;
            case DEADLINE_EXCEEDED -> 504;
            case RESOURCE_EXHAUSTED -> 429;
            case OK,
                    CANCELLED,
                    INVALID_ARGUMENT,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    PERMISSION_DENIED,
                    FAILED_PRECONDITION,
                    ABORTED,
                    OUT_OF_RANGE,
                    UNIMPLEMENTED,
                    UNAUTHENTICATED -> 200;
        };
    }
}
