package dev.sluice.wire;

import static dev.sluice.wire.MalformedMessage.Sender.BACKEND;

import dev.sluice.config.Defaults;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.DecoderException;

/**
 * Reads the responses of an HTTP/1.1 connection (RFC 9112). It is strict where two readers could disagree: a line ends
 * with CRLF, a length is said once and in one way, names are tokens. What breaks a rule is a {@link DecoderException},
 * after which the connection cannot be used. Body bytes are handed on as slices of what was read.
 */
final class Http1ResponseParser {

    /** Receives what was read, in order. */
    interface Sink {

        /** An interim response. */
        void interim(int status, FieldLines fields);

        /** The head of a final response, or of a 101. */
        void head(int status, boolean keepsAlive, FieldLines fields);

        /** A piece of the body; the receiver owns the reference. */
        void data(ByteBuf bytes);

        /** The response is complete; {@link #expect} is due before the next. */
        void end(FieldLines trailers);

        /** Whether nothing more should be parsed for now. */
        boolean isPaused();
    }

    private enum State {
        /** No response is due: any byte is one too many. */
        NONE,
        HEAD,
        /** {@link #remaining} bytes of body. */
        LENGTH,
        CHUNK_SIZE,
        CHUNK_DATA,
        CHUNK_END,
        TRAILERS,
        UNTIL_CLOSE
    }

    private final Sink sink;
    private final Http1HeadReader reader = new Http1HeadReader();
    private final ChunkLines chunks = ChunkLines.of(BACKEND);
    private State state = State.NONE;
    private boolean toHead;
    private long remaining;
    private int interim;

    Http1ResponseParser(Sink sink) {
        this.sink = sink;
    }

    /** A request was sent, whose response is due. */
    void expect(boolean headRequest) {
        state = State.HEAD;
        toHead = headRequest;
        interim = 0;
    }

    /** All that comes is one body, to the end of the connection. */
    void tunnel() {
        state = State.UNTIL_CLOSE;
    }

    /** Whether the last response is complete, and no other is due. */
    boolean isIdle() {
        return state == State.NONE;
    }

    /** Reads as far as it can; what is left in {@code in} belongs before the next bytes. */
    void parse(ByteBuf in) {
        boolean more = true;
        while (more && in.isReadable() && !sink.isPaused()) {
            more = switch (state) {
                case NONE -> throw malformed("bytes that belong to no response");
                case HEAD -> head(in);
                case LENGTH, CHUNK_DATA, UNTIL_CLOSE -> body(in);
                case CHUNK_SIZE -> chunkSize(in);
                case CHUNK_END -> chunkEnd(in);
                case TRAILERS -> trailers(in);
            };
        }
    }

    /** The upstream has closed: whether that is the end of the response, as it is when nothing else marks it. */
    boolean endsWithClose() {
        if (state != State.UNTIL_CLOSE) {
            return false;
        }
        end(FieldLines.NONE);
        return true;
    }

    private boolean head(ByteBuf in) {
        if (!reader.read(in)) {
            return false;
        }
        int status = reader.status();
        FieldLines fields = reader.takeFields();
        if (status < 200 && status != 101) {
            if (++interim > Defaults.MAX_INTERIM_RESPONSES) {
                throw malformed("more than " + Defaults.MAX_INTERIM_RESPONSES + " interim responses");
            }
            sink.interim(status, fields);
            return true;
        }
        State framing = toHead || status == 204 || status == 304 ? State.NONE : framing(status, fields);
        boolean keepsAlive = status >= 200 && framing != State.UNTIL_CLOSE && reader.keepsAlive(fields);
        state = framing;
        sink.head(status, keepsAlive, fields);
        if (framing == State.NONE || (framing == State.LENGTH && remaining == 0)) {
            end(FieldLines.NONE);
        }
        return true;
    }

    /** RFC 9112 section 6.3. What follows a 101 is not HTTP (RFC 9110 section 7.8). */
    private State framing(int status, FieldLines fields) {
        if (status == 101) {
            return State.UNTIL_CLOSE;
        }
        String length = null;
        String coding = null;
        for (int i = 0; i < fields.size(); i++) {
            String name = fields.name(i);
            if (name.length() == 14 && name.equalsIgnoreCase("content-length")) {
                String value = fields.value(i);
                if (length != null) {
                    throw malformed("two lengths: " + length + " and " + value);
                }
                length = value;
            } else if (name.length() == 17 && name.equalsIgnoreCase("transfer-encoding")) {
                coding = coding == null ? fields.value(i) : coding + ", " + fields.value(i);
            }
        }
        if (coding != null) {
            if (length != null) {
                throw malformed("both Content-Length and Transfer-Encoding");
            }
            if (!coding.equalsIgnoreCase("chunked") || reader.isHttp10()) {
                throw malformed("Transfer-Encoding: " + coding + " (expected: chunked)");
            }
            return State.CHUNK_SIZE;
        }
        if (length == null) {
            return State.UNTIL_CLOSE;
        }
        remaining = BACKEND.contentLength(length);
        return State.LENGTH;
    }

    private boolean body(ByteBuf in) {
        int available = in.readableBytes();
        int taken = state == State.UNTIL_CLOSE ? available : (int) Math.min(remaining, available);
        remaining -= taken;
        sink.data(in.readRetainedSlice(taken));
        if (remaining == 0 && state == State.LENGTH) {
            end(FieldLines.NONE);
        } else if (remaining == 0 && state == State.CHUNK_DATA) {
            state = State.CHUNK_END;
        }
        return true;
    }

    private boolean chunkSize(ByteBuf in) {
        long size = chunks.size(in);
        if (size < 0) {
            return false;
        }
        remaining = size;
        state = size == 0 ? State.TRAILERS : State.CHUNK_DATA;
        return true;
    }

    private boolean chunkEnd(ByteBuf in) {
        if (!chunks.end(in)) {
            return false;
        }
        state = State.CHUNK_SIZE;
        return true;
    }

    private boolean trailers(ByteBuf in) {
        if (!reader.readTrailers(in)) {
            return false;
        }
        end(reader.takeFields());
        return true;
    }

    private void end(FieldLines trailers) {
        state = State.NONE;
        sink.end(trailers);
    }

    private static DecoderException malformed(String what) {
        return BACKEND.sent(what);
    }
}
