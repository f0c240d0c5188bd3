package dev.sluice.grpc.transcode;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/** One message, held until the call's status is known: a server may still fail after it. */
final class UnaryAnswer implements ClientAnswer {

    private final ResponseMessages messages;
    private final boolean raw;
    private byte @Nullable [] only;
    private String contentType = JsonAnswer.JSON;

    /** @param raw whether the message is a {@code google.api.HttpBody} */
    UnaryAnswer(ResponseMessages messages, boolean raw) {
        this.messages = messages;
        this.raw = raw;
    }

    @Override
    public String contentType() {
        return contentType;
    }

    @Override
    public @Nullable Buffer message(byte[] message) throws TranscodingException {
        if (only != null) {
            throw TranscodingException.badAnswer("The backend sent more than one message");
        }
        only = message;
        return null;
    }

    @Override
    public Buffer end() throws TranscodingException {
        if (only == null) {
            throw TranscodingException.badAnswer("The backend sent no message");
        }
        if (!raw) {
            return messages.json(only);
        }
        ResponseMessages.Raw body = messages.raw(only);
        contentType = body.contentType();
        return body.data();
    }

    @Override
    public @Nullable Buffer broken(String status) {
        return null;
    }
}
