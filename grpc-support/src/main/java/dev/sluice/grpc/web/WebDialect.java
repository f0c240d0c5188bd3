package dev.sluice.grpc.web;

import io.vertx.core.MultiMap;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One of the forms of gRPC-Web ({@code PROTOCOL-WEB.md}, Content-Type).
 *
 * @param text whether the body is base64
 * @param suffix how messages are written: {@code +proto}, {@code +json}, or empty
 */
record WebDialect(boolean text, String suffix) {

    private static final String BINARY = "application/grpc-web";
    private static final String TEXT = "-text";
    private static final String BASE64 = "-base64";

    /** What a media type says, parameters aside; null when it is not gRPC-Web. */
    static @Nullable WebDialect of(@Nullable String mediaType) {
        if (mediaType == null || !mediaType.regionMatches(true, 0, BINARY, 0, BINARY.length())) {
            return null;
        }
        int parameters = mediaType.indexOf(';');
        String name = parameters < 0 ? mediaType : mediaType.substring(0, parameters);
        String rest = name.substring(BINARY.length()).strip().toLowerCase(Locale.ROOT);
        boolean text = rest.startsWith(TEXT);
        if (text) {
            rest = rest.substring(TEXT.length());
            // The one text encoding there is may be spelt out.
            rest = rest.startsWith(BASE64) ? rest.substring(BASE64.length()) : rest;
        }
        return rest.isEmpty() || rest.charAt(0) == '+' ? new WebDialect(text, rest) : null;
    }

    /** In which form a request's client wants its answer: the request's own, or text when {@code Accept} asks for it. */
    WebDialect answer(MultiMap request) {
        for (String accept : request.getAll("accept")) {
            for (String range : accept.split(",", -1)) {
                WebDialect asked = of(range.strip());
                if (asked != null && asked.text) {
                    return new WebDialect(true, suffix);
                }
            }
        }
        return this;
    }

    /** Its media type. */
    String contentType() {
        return (text ? BINARY + TEXT : BINARY) + suffix;
    }

    /** What a gRPC client writes in its place. */
    String grpcContentType() {
        return "application/grpc" + suffix;
    }
}
