package dev.sluice.grpc.transcode;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/** A stream of {@code google.api.HttpBody}: their bytes one behind the other, of the type that the first one names. */
final class RawAnswer implements ClientAnswer {

    private final ResponseMessages messages;
    private @Nullable String contentType;

    RawAnswer(ResponseMessages messages) {
        this.messages = messages;
    }

    @Override
    public String contentType() {
        return contentType == null ? "application/octet-stream" : contentType;
    }

    @Override
    public Buffer message(byte[] message) throws TranscodingException {
        ResponseMessages.Raw body = messages.raw(message);
        if (contentType == null) {
            contentType = body.contentType();
        }
        return body.data();
    }

    @Override
    public Buffer end() {
        return Buffer.buffer();
    }

    @Override
    public @Nullable Buffer broken(String status) {
        return null;
    }
}
