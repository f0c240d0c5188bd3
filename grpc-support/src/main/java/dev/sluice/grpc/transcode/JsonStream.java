package dev.sluice.grpc.transcode;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * A stream of JSON values, each a message: lines ({@code application/x-ndjson}) or the elements of one array. Finds where
 * values end and no more; what is between is checked as JSON when it is read.
 */
final class JsonStream implements RequestBody {

    private enum State {
        /** Before an array's bracket. */
        BEFORE,
        VALUES,
        /** Behind an array's bracket. */
        BEHIND
    }

    private final RequestMessages messages;
    private final boolean lines;
    private State state;
    /** What has come of the value that is not complete. */
    private Buffer value = Buffer.buffer();
    /** Brackets and braces that are open within the value. */
    private int depth;

    private boolean quoted;
    private boolean escaped;
    /** Whether a comma has said that another element follows. */
    private boolean another;

    /** @param lines whether values are lines; else elements of an array */
    JsonStream(RequestMessages messages, boolean lines) {
        this.messages = messages;
        this.lines = lines;
        this.state = lines ? State.VALUES : State.BEFORE;
    }

    @Override
    public @Nullable Buffer data(Buffer chunk) throws TranscodingException {
        Buffer out = null;
        int start = 0;
        int length = chunk.length();
        for (int i = 0; i < length; i++) {
            byte b = chunk.getByte(i);
            if (state == State.VALUES) {
                if (lines ? b == '\n' : endsElement(b)) {
                    Buffer message = value(chunk, start, i, b);
                    if (message != null) {
                        out = out == null ? message : out.appendBuffer(message);
                    }
                    start = i + 1;
                }
            } else if (!isSpace(b)) {
                if (state == State.BEHIND || b != '[') {
                    throw TranscodingException.badRequest(
                            "The body is not a JSON array, which has a message in each element");
                }
                state = State.VALUES;
                start = i + 1;
            }
        }
        if (state == State.VALUES) {
            keep(chunk, start, length);
        }
        return out;
    }

    @Override
    public @Nullable Buffer end() throws TranscodingException {
        if (lines) {
            return isBlank(value) ? null : messages.ofJson(value.getBytes());
        }
        if (state != State.BEHIND) {
            throw TranscodingException.badRequest("The body is not a whole JSON array");
        }
        return null;
    }

    /** Whether the octet ends an element, and is none of it. */
    private boolean endsElement(byte b) {
        if (quoted) {
            if (escaped) {
                escaped = false;
            } else if (b == '\\') {
                escaped = true;
            } else if (b == '"') {
                quoted = false;
            }
            return false;
        }
        switch (b) {
            case '"' -> quoted = true;
            case '[', '{' -> depth++;
            case '}' -> depth--;
            case ']' -> {
                if (depth == 0) {
                    state = State.BEHIND;
                    return true;
                }
                depth--;
            }
            case ',' -> {
                return depth == 0;
            }
            default -> {}
        }
        return false;
    }

    private @Nullable Buffer value(Buffer chunk, int start, int end, byte terminator) throws TranscodingException {
        keep(chunk, start, end);
        boolean last = terminator != ',';
        boolean nothing = isBlank(value) && last && !another;
        another = !last;
        if (nothing) {
            value = Buffer.buffer();
            return null; // an empty line, or an empty array
        }
        Buffer message = messages.ofJson(value.getBytes());
        value = Buffer.buffer();
        return message;
    }

    private void keep(Buffer chunk, int start, int end) throws TranscodingException {
        if (end <= start) {
            return;
        }
        if (value.length() + (long) (end - start) > messages.maxBytes()) {
            throw TranscodingException.requestTooLarge(
                    "A message is too large (expected: at most " + messages.maxBytes() + " bytes)");
        }
        value.appendBytes(chunk.getBytes(start, end));
    }

    private static boolean isBlank(Buffer text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isSpace(text.getByte(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t' || b == '\r' || b == '\n';
    }
}
