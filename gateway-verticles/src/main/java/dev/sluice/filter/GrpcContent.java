package dev.sluice.filter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@code Content-Type} says of gRPC ({@code PROTOCOL-HTTP2.md}, {@code PROTOCOL-WEB.md}); case makes no difference. */
public final class GrpcContent {

    private static final String GRPC = "application/grpc";
    private static final List<String> GRPC_WEB = List.of(GRPC + "-web", GRPC + "-web-text", GRPC + "-web-text-base64");

    private GrpcContent() {}

    /** Whether it is a gRPC call or its answer, whose status is a trailer; not gRPC-Web, which has it in its body. */
    public static boolean isGrpc(@Nullable String contentType) {
        return isMediaType(contentType, GRPC);
    }

    /** Whether it is one of gRPC or gRPC-Web: no other name that begins alike, which limits hold for. */
    public static boolean isCall(@Nullable String contentType) {
        if (isGrpc(contentType)) {
            return true;
        }
        for (String web : GRPC_WEB) {
            if (isMediaType(contentType, web)) {
                return true;
            }
        }
        return false;
    }

    /** With or without a suffix such as {@code +proto}, and parameters. */
    private static boolean isMediaType(@Nullable String contentType, String name) {
        return contentType != null
                && contentType.regionMatches(true, 0, name, 0, name.length())
                && (contentType.length() == name.length() || "+; ".indexOf(contentType.charAt(name.length())) >= 0);
    }
}
