package dev.sluice.proxy;

import dev.sluice.failure.Failure;
import dev.sluice.loop.Loop;
import dev.sluice.spi.ReplyFormat;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The only writer of answers that the gateway makes itself. */
final class LocalReply {

    /** What is served at all; a backend may allow less. */
    static final String ALLOWED = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    private final Loop loop;
    private final List<ReplyFormat> formats;

    /** @param extra formats that are asked before JSON and plain text */
    LocalReply(Loop loop, List<ReplyFormat> extra) {
        this.loop = loop;
        this.formats = extra;
    }

    /** The same for a request that is no exchange yet. */
    void write(HttpServerRequest request, Failure failure, String detail, boolean closes) {
        write(request, null, failure, detail, closes, () -> {});
    }

    /**
     * Writes the whole answer; the head must not be written yet.
     *
     * @param own the format of the request's call; null for the first that understands the request
     * @param detail one sentence for the client
     * @param closes whether the connection closes behind it, because what follows cannot be framed for sure
     * @param lastWord may add to the fields
     */
    void write(
            HttpServerRequest request,
            @Nullable ReplyFormat own,
            Failure failure,
            String detail,
            boolean closes,
            Runnable lastWord) {
        HttpServerResponse response = request.response();
        response.headers().clear();
        response.putHeader("date", loop.httpDate());
        response.putHeader("server", "sluice");
        response.putHeader("proxy-status", "sluice; error=" + failure.error() + "; details=" + quoted(detail));
        if (failure == Failure.METHOD_NOT_ALLOWED) {
            response.putHeader("allow", ALLOWED);
        }
        if (failure == Failure.UPGRADE_REQUIRED) {
            response.putHeader("upgrade", "websocket");
            response.putHeader("connection", "Upgrade");
        }
        if (failure == Failure.OVERFLOW || failure == Failure.UPSTREAM_CALM || failure == Failure.DRAINING) {
            response.putHeader("retry-after", "1");
        }
        if (closes && isHttp1(request)) {
            response.putHeader("connection", "close");
        }
        lastWord.run();
        int status = failure.status();
        if (own != null) {
            own.write(response, status, failure, detail);
            return;
        }
        for (ReplyFormat format : formats) {
            if (format.accepts(request)) {
                format.write(response, status, failure, detail);
                return;
            }
        }
        response.setStatusCode(status);
        String accept = request.getHeader("accept");
        String body;
        if (accept != null && accept.contains("json")) {
            response.putHeader("content-type", "application/json");
            body = new JsonObject()
                    .put("status", status)
                    .put("error", failure.error())
                    .put("message", detail)
                    .encode();
        } else {
            response.putHeader("content-type", "text/plain; charset=utf-8");
            body = status + " " + failure.error() + ": " + detail + "\n";
        }
        if (request.method() != null && request.method().equals(HttpMethod.HEAD)) {
            // The length that a GET would get, and no content: HTTP/2 and 3 would send it (RFC 9110 section 9.3.2).
            response.putHeader("content-length", Integer.toString(body.length()));
            var unused = response.end();
        } else {
            var unused = response.end(body);
        }
    }

    private static boolean isHttp1(HttpServerRequest request) {
        HttpVersion version = request.version();
        return version == null || version == HttpVersion.HTTP_1_1 || version == HttpVersion.HTTP_1_0;
    }

    /** An RFC 8941 string: visible ASCII in quotes. */
    private static String quoted(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else {
                out.append(c >= ' ' && c < 0x7f ? c : '?');
            }
        }
        return out.append('"').toString();
    }
}
