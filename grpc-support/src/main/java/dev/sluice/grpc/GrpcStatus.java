package dev.sluice.grpc;

/** The gRPC status codes that a gateway gives ({@code doc/statuscodes.md} of the gRPC specification). */
public enum GrpcStatus {
    CANCELLED(1),
    UNKNOWN(2),
    DEADLINE_EXCEEDED(4),
    PERMISSION_DENIED(7),
    RESOURCE_EXHAUSTED(8),
    UNIMPLEMENTED(12),
    INTERNAL(13),
    UNAVAILABLE(14);

    private final int code;

    GrpcStatus(int code) {
        this.code = code;
    }

    /** The number in {@code grpc-status}. */
    public int code() {
        return code;
    }
}
