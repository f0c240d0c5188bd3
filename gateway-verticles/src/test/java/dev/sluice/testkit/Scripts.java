package dev.sluice.testkit;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What an {@link UpstreamServer} does with a request; any lambda over {@link UpstreamExchange} will do too. */
public final class Scripts {

    private Scripts() {}

    /** Answers at the end of the request; several equal names in {@code headers} are not possible here. */
    public static Consumer<UpstreamExchange> respond(int status, Map<String, String> headers, String body) {
        return exchange -> exchange.onEnd(() -> {
            exchange.response().setStatusCode(status).headers().addAll(headers);
            sent(exchange.response().end(body));
        });
    }

    /** Answers 200 with this text at the end of the request. */
    public static Consumer<UpstreamExchange> text(String body) {
        return respond(200, Map.of("content-type", "text/plain"), body);
    }

    /** Answers the request's own body, chunk by chunk, with back-pressure. */
    public static Consumer<UpstreamExchange> echo() {
        return exchange -> {
            String length = exchange.request().getHeader(HttpHeaders.CONTENT_LENGTH);
            if (length != null) {
                exchange.response().putHeader(HttpHeaders.CONTENT_LENGTH, length);
            } else {
                exchange.response().setChunked(true);
            }
            exchange.onChunk(chunk -> {
                sent(exchange.response().write(chunk));
                if (exchange.response().writeQueueFull()) {
                    exchange.request().pause();
                    exchange.response()
                            .drainHandler(drained -> exchange.request().resume());
                }
            });
            exchange.onEnd(() -> sent(exchange.response().end()));
        };
    }

    /**
     * Answers JSON that describes the request: {@code method}, {@code target}, {@code authority}, {@code version},
     * {@code headers} (an array of {@code [name, value]}) and {@code body}.
     */
    public static Consumer<UpstreamExchange> describe() {
        return exchange -> {
            Buffer body = Buffer.buffer();
            exchange.onChunk(body::appendBuffer);
            exchange.onEnd(() -> {
                ReceivedRequest received = exchange.received();
                JsonArray headers = new JsonArray();
                received.headers()
                        .forEach(header ->
                                headers.add(new JsonArray().add(header.getKey()).add(header.getValue())));
                JsonObject json = new JsonObject()
                        .put("method", received.method())
                        .put("target", received.target())
                        .put("authority", received.authority())
                        .put("version", received.version().name())
                        .put("headers", headers)
                        .put("body", body.toString());
                exchange.response().putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
                sent(exchange.response().end(json.toBuffer()));
            });
        };
    }

    /** Sends a body of this many bytes, the byte at {@code i} being {@code i % 251}, with back-pressure. */
    public static Consumer<UpstreamExchange> bytes(long length) {
        return exchange -> {
            exchange.response().putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(length));
            sendBytes(exchange, 0, length);
        };
    }

    private static void sendBytes(UpstreamExchange exchange, long from, long length) {
        long sent = from;
        while (sent < length) {
            if (exchange.response().writeQueueFull()) {
                long next = sent;
                exchange.response().drainHandler(drained -> sendBytes(exchange, next, length));
                return;
            }
            byte[] chunk = new byte[(int) Math.min(16 * 1024, length - sent)];
            for (int i = 0; i < chunk.length; i++) {
                chunk[i] = (byte) ((sent + i) % 251);
            }
            sent += chunk.length;
            sent(exchange.response().write(Buffer.buffer(chunk)));
        }
        sent(exchange.response().end());
    }

    /** Sends the head, then each chunk after its gate was opened, then ends. */
    public static Consumer<UpstreamExchange> gated(List<Gate> gates, List<String> chunks) {
        return exchange -> {
            exchange.response().setChunked(true);
            sent(exchange.response().writeHead());
            nextGated(exchange, gates.iterator(), chunks.iterator());
        };
    }

    private static void nextGated(UpstreamExchange exchange, Iterator<Gate> gates, Iterator<String> chunks) {
        if (!chunks.hasNext()) {
            sent(exchange.response().end());
            return;
        }
        gates.next()
                .pass(() -> exchange.execute(() -> {
                    sent(exchange.response().write(chunks.next()));
                    nextGated(exchange, gates, chunks);
                }));
    }

    /** Runs another script once the gate is open; what comes of the body before that is only recorded. */
    public static Consumer<UpstreamExchange> after(Gate gate, Consumer<UpstreamExchange> then) {
        return exchange -> {
            exchange.request().pause();
            gate.pass(() -> exchange.execute(() -> {
                then.accept(exchange);
                exchange.request().resume();
            }));
        };
    }

    /** Answers 200 with this body, if not empty, and these trailers. */
    public static Consumer<UpstreamExchange> trailers(String body, Map<String, String> trailers) {
        return exchange -> exchange.onEnd(() -> {
            exchange.response().setChunked(true);
            if (!body.isEmpty()) {
                sent(exchange.response().write(body));
            }
            exchange.response().trailers().addAll(trailers);
            sent(exchange.response().end());
        });
    }

    /** Resets the stream with this code before any answer; HTTP/1.1 closes the connection. */
    public static Consumer<UpstreamExchange> reset(long code) {
        return exchange -> sent(exchange.response().reset(code));
    }

    /** Sends head and these bytes, then resets the stream with this code; HTTP/1.1 closes the connection. */
    public static Consumer<UpstreamExchange> resetMidResponse(String body, long code) {
        return exchange -> {
            exchange.response().setChunked(true);
            exchange.response()
                    .write(body)
                    .onComplete(written -> sent(exchange.response().reset(code)));
        };
    }

    /** Closes the connection as soon as the request's head is there. */
    public static Consumer<UpstreamExchange> closeBeforeResponse() {
        return exchange -> sent(exchange.request().connection().close());
    }

    /** Closes the connection after this many bytes of the request's body. */
    public static Consumer<UpstreamExchange> closeMidRequest(long afterBytes) {
        return exchange -> exchange.onChunk(chunk -> {
            if (exchange.received().bodyLength() >= afterBytes) {
                sent(exchange.request().connection().close());
            }
        });
    }

    /** Sends head (promising {@code length} bytes; negative for chunked) and these bytes, then closes the connection. */
    public static Consumer<UpstreamExchange> closeMidResponse(long length, String body) {
        return exchange -> {
            if (length < 0) {
                exchange.response().setChunked(true);
            } else {
                exchange.response().putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(length));
            }
            exchange.response()
                    .write(body)
                    .onComplete(written -> sent(exchange.request().connection().close()));
        };
    }

    /** Reads the request and never answers. */
    public static Consumer<UpstreamExchange> stall() {
        return exchange -> {};
    }

    /** Reads nothing of the body and never answers. */
    public static Consumer<UpstreamExchange> stallReading() {
        return exchange -> exchange.request().pause();
    }

    /** Sends GOAWAY with this code and last stream id, then runs another script. HTTP/2 only. */
    @SuppressWarnings("deprecation") // the only way to send a GOAWAY of one's own
    public static Consumer<UpstreamExchange> goAway(long code, int lastStreamId, Consumer<UpstreamExchange> then) {
        return exchange -> {
            exchange.request().connection().goAway(code, lastStreamId);
            then.accept(exchange);
        };
    }

    /** Takes turns: the first request gets the first script, and so on; the last one stays. */
    public static Consumer<UpstreamExchange> inTurn(List<Consumer<UpstreamExchange>> scripts) {
        return exchange -> scripts.get(Math.min(exchange.received().order(), scripts.size()) - 1)
                .accept(exchange);
    }

    /** A write that fails means that the client went away, which {@link ReceivedRequest} records. */
    private static void sent(Future<?> write) {
        var unused = write;
    }
}
