package dev.sluice.grpc.transcode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.google.protobuf.util.JsonFormat;
import dev.sluice.spi.Call;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One call through a transcoder, step by step: what goes to the upstream and to the client, byte by byte. */
final class TestCall {

    private final TestApi api;
    final TestExchange exchange;
    final @Nullable Call call;
    private Buffer upstream = Buffer.buffer();
    private final Buffer client = Buffer.buffer();
    /** What the inner call saw. */
    final List<String> inner = new ArrayList<>();

    private TestCall(TestApi api, Transcoder transcoder, String method, String target, String... headers) {
        this.api = api;
        this.exchange = new TestExchange(method, target);
        for (int i = 0; i < headers.length; i += 2) {
            exchange.requestHeaders().add(headers[i], headers[i + 1]);
        }
        this.call = transcoder.begin(exchange, e -> {
            inner.add("begin " + e.path());
            return new InnerCall();
        });
    }

    /** What stands in the place of the gRPC call. */
    private final class InnerCall implements Call {
        @Override
        public @Nullable Buffer requestData(Buffer chunk) {
            inner.add("request " + chunk.length());
            return chunk;
        }

        @Override
        public @Nullable Buffer requestEnd() {
            inner.add("request end");
            return null;
        }

        @Override
        public @Nullable Buffer responseData(Buffer chunk) {
            inner.add("response " + chunk.length());
            return chunk;
        }

        @Override
        public @Nullable Buffer responseEnd(MultiMap trailers) {
            inner.add("response end " + trailers.get("grpc-status"));
            return null;
        }
    }

    static TestCall begin(TestApi api, Transcoder transcoder, String method, String target, String... headers) {
        return new TestCall(api, transcoder, method, target, headers);
    }

    static TestCall begin(TestApi api, String method, String target, String... headers) {
        return begin(api, api.transcoder(), method, target, headers);
    }

    Call call() {
        assertNotNull(call, () -> exchange.path() + " matches no template");
        return call;
    }

    /** Sends a piece of the request's body. */
    TestCall data(String piece) {
        return data(piece.getBytes(StandardCharsets.UTF_8));
    }

    TestCall data(byte[] piece) {
        add(upstream, call().requestData(Buffer.buffer(piece)));
        return this;
    }

    /** Ends the request. */
    TestCall end() {
        add(upstream, call().requestEnd());
        return this;
    }

    /** The whole request has become this one call with this one message. */
    TestCall becomes(String method, String type, String text) {
        return becomes(method, type, List.of(text));
    }

    TestCall becomes(String method, String type, List<String> texts) {
        assertNull(exchange.detail);
        assertEquals("POST /test.Api/" + method, exchange.forwardMethod + " " + exchange.path());
        assertNull(exchange.query());
        Buffer expected = Buffer.buffer();
        texts.forEach(text -> expected.appendBuffer(frame(api.bytes(type, text))));
        assertEquals(hex(expected), hex(upstream));
        return this;
    }

    /** What has gone to the upstream, in hexadecimal digits; forgotten then. */
    String sent() {
        String sent = hex(upstream);
        upstream = Buffer.buffer();
        return sent;
    }

    /** The upstream's head: gRPC's with further fields. */
    TestCall head(String... fields) {
        exchange.status(200);
        exchange.responseHeaders().set("content-type", "application/grpc+proto");
        for (int i = 0; i < fields.length; i += 2) {
            exchange.responseHeaders().set(fields[i], fields[i + 1]);
        }
        assertEquals(Call.Answer.HOLD, call().responseHead());
        return this;
    }

    TestCall message(String type, String text) {
        return bytes(frame(api.bytes(type, text)));
    }

    TestCall bytes(Buffer chunk) {
        add(client, call().responseData(chunk));
        return this;
    }

    TestCall trailers(String... fields) {
        MultiMap trailers = MultiMap.caseInsensitiveMultiMap();
        for (int i = 0; i < fields.length; i += 2) {
            trailers.set(fields[i], fields[i + 1]);
        }
        add(client, call().responseEnd(trailers));
        return this;
    }

    /** Status, type and body as the client has them now. */
    String answer() {
        return (call().holdsHead()
                        ? "held"
                        : exchange.status() + " " + exchange.responseHeaders().get("content-type"))
                + (client.length() == 0 ? "" : " " + client);
    }

    /** How the gateway itself has answered or failed. */
    String refusal() {
        if (exchange.failure == null) {
            return "none";
        }
        assertInstanceOf(StatusReply.class, exchange.format);
        return HttpStatusTable.of(exchange.failure) + " "
                + new StatusJson(JsonFormat.printer())
                        .of(HttpStatusTable.grpc(exchange.failure), String.valueOf(exchange.detail));
    }

    /** The methods that the gateway's refusal names. */
    @Nullable
    String allowed() {
        return assertInstanceOf(StatusReply.class, exchange.format).allow();
    }

    static Buffer frame(byte[] message) {
        return Buffer.buffer().appendByte((byte) 0).appendInt(message.length).appendBytes(message);
    }

    static String hex(Buffer bytes) {
        return HexFormat.of().formatHex(bytes.getBytes());
    }

    private static void add(Buffer to, @Nullable Buffer piece) {
        if (piece != null) {
            to.appendBuffer(piece);
        }
    }
}
