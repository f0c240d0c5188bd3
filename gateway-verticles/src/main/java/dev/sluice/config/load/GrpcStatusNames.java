package dev.sluice.config.load;

import java.util.List;

/** gRPC's statuses by their number. */
final class GrpcStatusNames {

    private static final List<String> NAMES = List.of(
            "OK",
            "CANCELLED",
            "UNKNOWN",
            "INVALID_ARGUMENT",
            "DEADLINE_EXCEEDED",
            "NOT_FOUND",
            "ALREADY_EXISTS",
            "PERMISSION_DENIED",
            "RESOURCE_EXHAUSTED",
            "FAILED_PRECONDITION",
            "ABORTED",
            "OUT_OF_RANGE",
            "UNIMPLEMENTED",
            "INTERNAL",
            "UNAVAILABLE",
            "DATA_LOSS",
            "UNAUTHENTICATED");

    private GrpcStatusNames() {}

    /** @param name one that the schema let through */
    static int number(String name) {
        return NAMES.indexOf(name);
    }

    static String name(int number) {
        return NAMES.get(number);
    }
}
