package dev.sluice.grpc.transcode;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/** A body that is one message, or a part of it, or nothing. */
final class WholeBody implements RequestBody {

    /** What the body is. */
    enum Form {
        JSON,
        /** {@code google.api.HttpBody}. */
        RAW,
        /** The rule has no body, and a client that sends one has made a mistake. */
        NONE,
        /** The rule has no body, and one that comes is for nobody. */
        IGNORED
    }

    private final RequestMessages messages;
    private final Form form;
    private final @Nullable String contentType;
    private final Buffer body = Buffer.buffer();

    /** @param contentType of the request */
    WholeBody(RequestMessages messages, Form form, @Nullable String contentType) {
        this.messages = messages;
        this.form = form;
        this.contentType = contentType;
    }

    @Override
    public @Nullable Buffer data(Buffer chunk) throws TranscodingException {
        if (form == Form.NONE && chunk.length() > 0) {
            throw TranscodingException.badRequest("The request has a body (expected: none)");
        }
        if (form == Form.JSON || form == Form.RAW) {
            if (body.length() + (long) chunk.length() > messages.maxBytes()) {
                throw TranscodingException.requestTooLarge(
                        "The body is too large (expected: at most " + messages.maxBytes() + " bytes)");
            }
            body.appendBuffer(chunk);
        }
        return null;
    }

    @Override
    public Buffer end() throws TranscodingException {
        return switch (form) {
            case JSON -> messages.ofJson(body.getBytes());
            case RAW -> messages.ofBytes(body.getBytes(), contentType);
            case NONE, IGNORED -> messages.ofNothing();
        };
    }
}
