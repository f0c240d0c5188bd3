package dev.sluice.grpc.transcode;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/** How a client's body becomes messages. */
interface RequestBody {

    /**
     * A chunk of the body.
     *
     * @return messages that are complete now, with their prefixes; null for none
     */
    @Nullable
    Buffer data(Buffer chunk) throws TranscodingException;

    /** The body has ended; gives what messages are left, null for none. */
    @Nullable
    Buffer end() throws TranscodingException;
}
