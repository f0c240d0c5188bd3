package dev.sluice.grpc.transcode;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/** A body of any bytes, as a stream of {@code google.api.HttpBody}: a message for each chunk as it comes. */
final class RawStream implements RequestBody {

    /** Room for the other fields of a message. */
    private static final int FIELDS_BYTES = 1024;

    private final RequestMessages messages;
    private @Nullable String contentType;
    private boolean begun;

    /** @param contentType of the request; told in the first message */
    RawStream(RequestMessages messages, @Nullable String contentType) {
        this.messages = messages;
        this.contentType = contentType;
    }

    @Override
    public @Nullable Buffer data(Buffer chunk) throws TranscodingException {
        int step = Math.max(1, messages.maxBytes() - FIELDS_BYTES);
        Buffer out = null;
        for (int start = 0; start < chunk.length(); start += step) {
            Buffer message = message(chunk.getBytes(start, Math.min(chunk.length(), start + step)));
            out = out == null ? message : out.appendBuffer(message);
        }
        return out;
    }

    @Override
    public @Nullable Buffer end() throws TranscodingException {
        return begun ? null : message(new byte[0]);
    }

    private Buffer message(byte[] data) throws TranscodingException {
        Buffer message = messages.ofBytes(data, contentType);
        contentType = null;
        begun = true;
        return message;
    }
}
