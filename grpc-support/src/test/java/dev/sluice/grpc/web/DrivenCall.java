package dev.sluice.grpc.web;

import dev.sluice.failure.Failure;
import dev.sluice.spi.Call;
import dev.sluice.spi.CallExchange;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A call as the exchange drives it, from its first byte to its last, with a gRPC call behind it that lets all pass. */
final class DrivenCall {

    final MultiMap request = MultiMap.caseInsensitiveMultiMap();
    final MultiMap response = MultiMap.caseInsensitiveMultiMap();
    final List<String> failures = new ArrayList<>();

    /** The inner call's part in what a test is about. */
    @Nullable
    Buffer heldHead;

    Call.@Nullable Ending ending;

    private @Nullable Call call;

    static DrivenCall of(String contentType) {
        DrivenCall made = new DrivenCall();
        made.request.set("content-type", contentType);
        return made;
    }

    DrivenCall accept(String types) {
        request.set("accept", types);
        return this;
    }

    private static @Nullable Object failed(List<String> failures, String what) {
        failures.add(what);
        return null;
    }

    Call begin() {
        Call begun = WebCall.begin(exchange(), exchange -> new Plain());
        call = begun;
        if (begun == null) {
            throw new AssertionError("no call");
        }
        return begun;
    }

    private CallExchange exchange() {
        return (CallExchange) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {CallExchange.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "requestHeaders" -> request;
                    case "responseHeaders" -> response;
                    case "replyFormat" -> null;
                    case "fail" -> failed(failures, arguments[0] + ": " + arguments[1]);
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    /** What reaches the gRPC call of a request's body that comes in these chunks. */
    Buffer requestBody(List<Buffer> chunks) {
        Call begun = begin();
        Buffer body = Buffer.buffer();
        for (Buffer chunk : chunks) {
            append(body, begun.requestData(chunk));
        }
        if (failures.isEmpty()) {
            append(body, begun.requestEnd());
        }
        return body;
    }

    /** What the client gets of an answer whose body comes in these chunks; a piece for each of them, and one at the end. */
    List<Buffer> responseBody(List<Buffer> chunks, MultiMap trailers) {
        Call begun = call == null ? begin() : call;
        begun.responseHead();
        List<Buffer> pieces = new ArrayList<>();
        for (Buffer chunk : chunks) {
            Buffer piece = begun.responseData(chunk);
            pieces.add(piece == null ? Buffer.buffer() : piece);
        }
        Buffer last = begun.responseEnd(trailers);
        pieces.add(last == null ? Buffer.buffer() : last);
        return pieces;
    }

    static Buffer joined(List<Buffer> pieces) {
        Buffer all = Buffer.buffer();
        pieces.forEach(all::appendBuffer);
        return all;
    }

    private static void append(Buffer body, @Nullable Buffer piece) {
        if (piece != null) {
            body.appendBuffer(piece);
        }
    }

    static Buffer message(String text) {
        return Buffer.buffer()
                .appendByte((byte) 0)
                .appendInt(Buffer.buffer(text).length())
                .appendString(text);
    }

    static Buffer trailersFrame(String lines) {
        return Buffer.buffer().appendByte((byte) 0x80).appendInt(lines.length()).appendString(lines, "ISO-8859-1");
    }

    /** A call that holds its head until the last byte of {@link #heldHead} has come, and else lets all pass. */
    private final class Plain implements Call {

        private boolean holds;

        @Override
        public Answer responseHead() {
            holds = heldHead != null;
            return holds ? Answer.HOLD : Answer.PASS;
        }

        @Override
        public boolean holdsHead() {
            return holds;
        }

        @Override
        public @Nullable Buffer responseData(Buffer chunk) {
            if (holds) {
                response.set("content-type", "application/grpc");
                holds = false;
            }
            return chunk;
        }

        @Override
        public @Nullable Ending breakOff(Failure failure, String detail) {
            return ending;
        }
    }
}
