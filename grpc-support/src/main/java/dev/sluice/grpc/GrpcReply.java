package dev.sluice.grpc;

import dev.sluice.failure.Failure;
import dev.sluice.filter.GrpcContent;
import dev.sluice.spi.ReplyFormat;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Gateway-made answers to gRPC clients: trailers-only responses, that is HTTP 200 with status and message in the one
 * and only header block ({@code PROTOCOL-HTTP2.md}, Responses). A gRPC client given a plain 503 would have to guess.
 */
public final class GrpcReply implements ReplyFormat {

    static final String CONTENT_TYPE = "application/grpc";

    /** A message is for a person's eyes; header space is better kept for what follows. */
    private static final int MAX_MESSAGE_BYTES = 1024;

    @Override
    public boolean accepts(HttpServerRequest request) {
        return GrpcContent.isGrpc(request.getHeader("content-type"));
    }

    @Override
    public void write(HttpServerResponse response, int status, Failure failure, String detail) {
        // A client that takes HTTP/1 for enough is told in both languages.
        response.setStatusCode(failure == Failure.GRPC_NEEDS_HTTP2 ? status : 200);
        setStatus(response.headers().set("content-type", CONTENT_TYPE), failure, detail);
        // The client may be gone; nobody is left to tell.
        Future<Void> unused = response.end();
    }

    /** Sets the status that a failure gets, and the message. */
    public static void setStatus(MultiMap fields, Failure failure, String detail) {
        fields.set("grpc-status", Integer.toString(GrpcStatusTable.of(failure).code()))
                .set("grpc-message", percentEncoded(detail));
    }

    /** {@code Percent-Encoded} of {@code PROTOCOL-HTTP2.md}: printable ASCII but for {@code %} stays as it is. */
    public static String percentEncoded(String message) {
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        StringBuilder text = new StringBuilder(bytes.length);
        for (int i = 0; i < bytes.length && i < MAX_MESSAGE_BYTES; i++) {
            byte b = bytes[i];
            if (b >= ' ' && b <= '~' && b != '%') {
                text.append((char) b);
            } else {
                text.append(String.format(Locale.ROOT, "%%%02X", b & 0xff));
            }
        }
        return text.toString();
    }
}
