package dev.sluice.grpc.transcode;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * A stream of messages as one JSON array, or as lines of JSON. A failed call ends lines with {@code {"error": ...}}, as
 * grpc-gateway does; an array is left without its bracket.
 */
final class JsonAnswer implements ClientAnswer {

    static final String JSON = "application/json";
    static final String LINES = "application/x-ndjson";

    private final ResponseMessages messages;
    private final boolean lines;
    private boolean begun;

    /** @param lines whether the client asks for {@link #LINES} */
    JsonAnswer(ResponseMessages messages, boolean lines) {
        this.messages = messages;
        this.lines = lines;
    }

    @Override
    public String contentType() {
        return lines ? LINES : JSON;
    }

    @Override
    public Buffer message(byte[] message) throws TranscodingException {
        Buffer json = messages.json(message);
        if (lines) {
            return json.appendByte((byte) '\n');
        }
        Buffer element = Buffer.buffer(json.length() + 1).appendByte((byte) (begun ? ',' : '['));
        begun = true;
        return element.appendBuffer(json);
    }

    @Override
    public Buffer end() {
        if (lines) {
            return Buffer.buffer();
        }
        return Buffer.buffer(begun ? "]" : "[]");
    }

    @Override
    public @Nullable Buffer broken(String status) {
        return lines ? Buffer.buffer("{\"error\":" + status + "}\n") : null;
    }
}
