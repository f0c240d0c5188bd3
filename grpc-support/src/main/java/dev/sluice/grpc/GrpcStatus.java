package dev.sluice.grpc;

/** The gRPC status codes ({@code doc/statuscodes.md} of the gRPC specification); the ordinal is the code. */
public enum GrpcStatus {
    OK("OK"),
    CANCELLED("Canceled"),
    UNKNOWN("Unknown"),
    INVALID_ARGUMENT("InvalidArgument"),
    DEADLINE_EXCEEDED("DeadlineExceeded"),
    NOT_FOUND("NotFound"),
    ALREADY_EXISTS("AlreadyExists"),
    PERMISSION_DENIED("PermissionDenied"),
    RESOURCE_EXHAUSTED("ResourceExhausted"),
    FAILED_PRECONDITION("FailedPrecondition"),
    ABORTED("Aborted"),
    OUT_OF_RANGE("OutOfRange"),
    UNIMPLEMENTED("Unimplemented"),
    INTERNAL("Internal"),
    UNAVAILABLE("Unavailable"),
    DATA_LOSS("DataLoss"),
    UNAUTHENTICATED("Unauthenticated");

    private static final GrpcStatus[] BY_CODE = values();

    private final String label;
    private final String text;

    @SuppressWarnings("EnumOrdinal") // the codes are the specification's numbering, which this enum repeats in order
    GrpcStatus(String label) {
        this.label = label;
        this.text = Integer.toString(ordinal());
    }

    /** The number in {@code grpc-status}. */
    @SuppressWarnings("EnumOrdinal") // see above
    public int code() {
        return ordinal();
    }

    /** The value of {@code grpc-status}. */
    public String text() {
        return text;
    }

    /** As {@code go-grpc-prometheus} writes it in {@code grpc_code}, whose dashboards people have. */
    public String label() {
        return label;
    }

    /** By its number; a number that no status has is UNKNOWN, as {@code doc/statuscodes.md} wants it read. */
    public static GrpcStatus of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : UNKNOWN;
    }

    /** By the value of {@code grpc-status}; what is no number is UNKNOWN. */
    public static GrpcStatus parse(String value) {
        int length = value.length();
        if (length == 0 || length > 2) {
            return UNKNOWN;
        }
        int code = 0;
        for (int i = 0; i < length; i++) {
            int digit = value.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return UNKNOWN;
            }
            code = code * 10 + digit;
        }
        return of(code);
    }
}
