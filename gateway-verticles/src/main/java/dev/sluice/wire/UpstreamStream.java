package dev.sluice.wire;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * One request on an upstream connection and its response, whatever the protocol. Belongs to one event loop.
 *
 * <p>Body buffers have one owner. {@link #write} and {@link #end} take over the one they are given, {@link Body#data}
 * gives one away, and whoever has one and does not pass it on calls {@link BodyBuffers#release}.
 */
public interface UpstreamStream {

    /** What becomes of a stream: {@code opened} or {@code failed} first, and nothing after {@code failed}. */
    interface Listener {

        /** The stream is open; may be called before the call that opens it returns. */
        void opened(UpstreamStream stream);

        /** An interim response (RFC 9110 section 15.2) other than 101; at most 16 are told of. */
        void interim(int status, FieldLines fields);

        /** The final response's head, or a 101. {@link #receive} must be called before this returns. */
        void head(UpstreamHead head);

        /** The stream is broken; what its body receiver has got is all there will be. */
        void failed(Throwable cause);
    }

    /** Receives a response's body. */
    interface Body {

        /** A chunk, never empty; the receiver owns it. */
        void data(Buffer chunk);

        /** The response is complete. */
        void end(FieldLines trailers);
    }

    HttpVersion version();

    /** The stream's number on a multiplexed connection; -1 on others. */
    long id();

    /** The request's header fields, until the head is written. */
    MultiMap headers();

    /** Names the request's authority, as Host or {@code :authority}; not empty. */
    void authority(String authority);

    /** Sends the head alone: a body will follow. */
    void writeHead();

    /** Sends a chunk, behind the head if that has not been sent. */
    void write(Buffer chunk);

    /** Whether trailers can be sent at the end, by what is known of the head; a length of its own rules them out on HTTP/1.1. */
    boolean takesTrailers();

    /**
     * Ends the request, with a last chunk or without; sends the head if that has not been sent.
     *
     * @param trailers fields that may be sent as trailers; left out where {@link #takesTrailers} says no
     */
    void end(@Nullable Buffer lastChunk, FieldLines trailers);

    /** Whether the peer does not keep up, so that the writer should wait for {@link #onDrain}. */
    boolean writeQueueFull();

    /** Is called when a full queue has room again. */
    void onDrain(Runnable drained);

    /** Says who gets the response's body. */
    void receive(Body body);

    /**
     * Becomes a tunnel, on HTTP/1.1 alone: after a 101, or in place of the head. What is written from now on goes out as
     * it is, and what comes is body. {@link #end} and {@link Body#end} are the ends of one direction each; the stream
     * itself ends with {@link #reset} or {@link Listener#failed}.
     */
    void tunnel();

    /** Stops the flow of the response's body, but for what is in the same read on a multiplexed connection. */
    void pause();

    /** Lets it flow again. */
    void resume();

    /** Whether any of a response has come: a byte on HTTP/1.1, a head on HTTP/2 and 3, an interim one included. */
    boolean answered();

    /** Once the response has ended: whether the connection may serve another request (RFC 9112 section 9.3). */
    boolean reusable();

    /**
     * Breaks the stream off; its listener and its body receiver hear nothing more. On HTTP/1.1 that closes the
     * connection.
     *
     * @param code of HTTP/2 (RFC 9113 section 7) or HTTP/3
     */
    void reset(long code);
}
