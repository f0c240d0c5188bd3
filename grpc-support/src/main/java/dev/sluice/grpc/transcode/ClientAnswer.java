package dev.sluice.grpc.transcode;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/** The body that a client gets of a call that goes well. */
interface ClientAnswer {

    /** Of the body; known from the first piece on. */
    String contentType();

    /** What a message adds to the body; null for nothing yet, so that the head can wait. */
    @Nullable
    Buffer message(byte[] message) throws TranscodingException;

    /** What stands behind the last message. */
    Buffer end() throws TranscodingException;

    /**
     * What stands there when the call failed after the first piece.
     *
     * @param status of the call, as JSON
     * @return null when nothing but a reset could tell
     */
    @Nullable
    Buffer broken(String status);
}
