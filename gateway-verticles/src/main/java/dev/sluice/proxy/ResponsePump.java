package dev.sluice.proxy;

import dev.sluice.spi.Call;
import dev.sluice.wire.BodyBuffers;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.UpstreamStream;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/**
 * The response body, upstream to downstream, with back-pressure, and the commit: the head goes out with the first
 * chunk, with the end, or when the loop's turn ends, whichever is first. So an answer that ends with its head stays
 * one HEADERS frame with END_STREAM, a small one is one write, and a streaming one does not wait for its first byte.
 */
final class ResponsePump implements UpstreamStream.Body, Runnable {

    /** What the exchange wants to know of its response. */
    interface Observer {
        void responseBytes(int count);

        /** A chunk was written; the future completes when the client's side has taken it. */
        void responseWritten(Future<Void> written);
        /** The head went alone; otherwise it goes with the first bytes, or with the end. */
        void headCommitted();

        /** A call has found out what the head is, which it held: it is about to go out. */
        void responseHeadKnown();

        /**
         * Trailers that the upstream sent, before they are passed on; may be empty.
         *
         * @return what is still sent of the body; null for nothing
         */
        @Nullable
        Buffer responseTrailers(FieldLines received);

        /** The upstream's response has ended and all of it is written. */
        void responseEnded();

        /** It has more or fewer bytes than it declared. */
        void responseLengthWrong();
    }

    /** The length of a response to HEAD, or of a 204 or 304: a body that an upstream sends all the same is dropped. */
    static final long NO_BODY = -2;

    /** No length is declared, or one that says nothing of what goes out. */
    static final long UNKNOWN = -1;

    private final HttpServerResponse downstream;
    private final HttpConnection client;
    private final UpstreamStream upstream;
    private final Observer observer;
    private final @Nullable Call call;
    /** Declared length; -1 when unknown; {@link #NO_BODY} when no body belongs to the response. */
    private long length;

    private final boolean endsAtLength;
    private long bytes;
    private boolean committed;
    private boolean ended;
    private boolean stopped;
    /** The head is the call's to give. */
    private boolean held;

    /**
     * @param call makes another body of the upstream's; null to pass it on as it is
     * @param length the declared length; -1 when unknown; {@link #NO_BODY}
     * @param trailersPossible whether trailers may follow a body of declared length, as on HTTP/2
     */
    ResponsePump(
            HttpServerResponse downstream,
            HttpConnection client,
            UpstreamStream upstream,
            Observer observer,
            @Nullable Call call,
            long length,
            boolean trailersPossible) {
        this.downstream = downstream;
        this.client = client;
        this.upstream = upstream;
        this.observer = observer;
        this.call = call;
        this.length = length;
        this.endsAtLength = length > 0 && !trailersPossible;
    }

    /** Subscribes; in the turn in which the head came, or bytes are lost. */
    void start() {
        upstream.receive(this);
        var unusedDrain = downstream.drainHandler(v -> upstream.resume());
    }

    /** Nothing goes out until the call lets the head go. */
    void hold() {
        held = true;
    }

    /** Says what {@code length} was to say when the head was not known yet. */
    void length(long known) {
        length = known;
    }

    /** Whether the end of the response has been handed to the wire. */
    boolean ended() {
        return ended;
    }

    /** Passes nothing on any more. */
    void stop() {
        stopped = true;
    }

    /** At the end of the loop's turn: a head whose body is not here yet goes alone. */
    @Override
    public void run() {
        if (!committed && !stopped && !held) {
            committed = true;
            observer.headCommitted();
            var unused = downstream.writeHead();
        }
    }

    @Override
    public void data(Buffer received) {
        if (call == null || stopped || ended) {
            pass(received);
            return;
        }
        Buffer chunk = call.responseData(received);
        if (chunk != received) {
            BodyBuffers.release(received);
        }
        releaseHead();
        if (chunk != null) {
            pass(chunk);
        }
    }

    /** Lets the head go if the call knows it by now. */
    void releaseHead() {
        if (held && !stopped && call != null && !call.holdsHead()) {
            held = false;
            observer.responseHeadKnown();
        }
    }

    private void pass(Buffer chunk) {
        bytes += chunk.length();
        boolean tooLong = length >= 0 && bytes > length;
        if (stopped || ended || length == NO_BODY || tooLong) {
            BodyBuffers.release(chunk);
            if (tooLong && !stopped && !ended) {
                observer.responseLengthWrong();
            }
            return;
        }
        observer.responseBytes(chunk.length());
        committed = true;
        if (endsAtLength && bytes == length) {
            ended = true;
            Future<Void> written = downstream.end(chunk);
            BodyBuffers.releaseAfter(written, chunk, client);
            observer.responseWritten(written);
            return;
        }
        Future<Void> written = downstream.write(chunk);
        BodyBuffers.releaseAfter(written, chunk, client);
        observer.responseWritten(written);
        if (downstream.writeQueueFull()) {
            upstream.pause();
        }
    }

    @Override
    public void end(FieldLines trailers) {
        if (stopped) {
            return;
        }
        if (!ended) {
            if (length > 0 && bytes < length) {
                observer.responseLengthWrong();
                return;
            }
            Buffer made = observer.responseTrailers(trailers);
            if (stopped) {
                return;
            }
            ended = true;
            committed = true;
            Buffer last = length == NO_BODY ? null : made;
            if (last != null) {
                observer.responseBytes(last.length());
            }
            observer.responseWritten(last == null ? downstream.end() : downstream.end(last));
        }
        observer.responseEnded();
    }
}
