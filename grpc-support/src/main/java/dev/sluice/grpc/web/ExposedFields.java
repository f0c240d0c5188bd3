package dev.sluice.grpc.web;

import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Locale;

/**
 * The fields of which a gRPC-Web client may learn how its call ended, when all of the answer is a head. A script of
 * another origin sees no others than an answer exposes to it (the Fetch standard, CORS-safelisted response-header name).
 */
final class ExposedFields {

    private static final String EXPOSE_HEADERS = "access-control-expose-headers";
    private static final List<String> STATUS = List.of("grpc-status", "grpc-message", "grpc-status-details-bin");

    private ExposedFields() {}

    /** Exposes them too in an answer that is for a script of another origin. */
    static void add(MultiMap response) {
        if (!response.contains("access-control-allow-origin")) {
            return;
        }
        String exposed = String.join(", ", response.getAll(EXPOSE_HEADERS));
        List<String> names = List.of(exposed.toLowerCase(Locale.ROOT).strip().split("\\s*,\\s*", -1));
        StringBuilder all = new StringBuilder(exposed);
        for (String name : STATUS) {
            if (!names.contains(name)) {
                all.append(all.isEmpty() ? "" : ", ").append(name);
            }
        }
        response.set(EXPOSE_HEADERS, all.toString());
    }
}
