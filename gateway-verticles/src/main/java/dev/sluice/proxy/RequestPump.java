package dev.sluice.proxy;

import dev.sluice.config.ClientTerms;
import dev.sluice.loop.Loop;
import dev.sluice.spi.Call;
import dev.sluice.wire.BodyBuffers;
import dev.sluice.wire.BodyPassage;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.RequestTrailers;
import dev.sluice.wire.UpstreamStream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The request body, downstream to upstream, with back-pressure. What arrives before the upstream can take it pauses the
 * client after the first chunk, so that a handful of read buffers is all that ever waits here.
 */
final class RequestPump {

    /** What the exchange wants to know of its request body. */
    interface Observer {
        /** It is now known whether there is a body: the first chunk, or the end, has come. */
        void requestBodyKnown();

        void requestBytes(int count);

        /** The client is let to send, or to go on sending: its pace is watched. */
        void requestWatched();

        /** More has come than is allowed. */
        void requestTooLarge();

        /** What of the client's trailers goes on to the upstream. */
        FieldLines requestTrailers(FieldLines received, boolean takesTrailers);

        void requestEnded();
    }

    private final Loop loop;
    private final HttpServerRequest request;
    private final Observer observer;
    private final ClientTerms.Body terms;
    private final RequestBodyLimit limit;
    private final boolean http1;
    private final long declaredLength;
    private final boolean declaresBody;
    private final boolean declaresNone;
    private final ArrayDeque<Buffer> early = new ArrayDeque<>(2);
    private final BodyPassage passage;
    private @Nullable Call call;
    private @Nullable BodyPace pace;
    private @Nullable UpstreamStream upstream;
    private @Nullable MirrorRequests mirrors;
    private @Nullable ReplayBuffer replay;
    private FieldLines trailers = FieldLines.NONE;
    /** How much of the body may be kept for another try. */
    private int keepBytes;

    private long bytes;
    private boolean received;
    private boolean ended;
    private boolean sent;
    /** Whether any of the body has been handed to an upstream. */
    private boolean handedOn;

    private boolean paused;
    private boolean discarding;
    private boolean tunnel;
    private boolean unpaced;
    private @Nullable DiscardedRest rest;

    RequestPump(
            Loop loop, HttpServerRequest request, ClientTerms.Body terms, RequestBodyLimit limit, Observer observer) {
        this.loop = loop;
        this.request = request;
        this.observer = observer;
        this.terms = terms;
        this.limit = limit;
        HttpVersion version = request.version();
        this.http1 = version == HttpVersion.HTTP_1_1 || version == HttpVersion.HTTP_1_0;
        String length = request.getHeader("content-length");
        this.declaredLength = ContentLength.parse(length);
        this.declaresNone = length != null && length.equals("0");
        this.declaresBody =
                length != null ? !declaresNone : http1 && request.headers().contains("transfer-encoding");
        this.passage = bodyless() ? BodyPassage.COPIED : BodyPassage.of(request);
    }

    /** Subscribes; before the request handler returns, or bytes are lost. */
    void start() {
        passage.byReference(true);
        var unusedData = request.handler(this::data);
        var unusedEnd = request.endHandler(v -> end());
    }

    /** Whether it is known by now that there is a body, or that there is none. */
    boolean bodyKnown() {
        return http1 || declaresBody || received || ended;
    }

    /**
     * Whether the end is worth waiting for: a head that declares no body is a whole request to an HTTP/1.1 upstream, and
     * on HTTP/2 and 3 the client may yet prove it wrong.
     */
    boolean awaitsEnd() {
        return declaresNone && !http1 && !ended;
    }

    /** What the client sends goes on as a call makes it. */
    void through(Call translator) {
        call = translator;
    }

    /** Whether there is nothing to send but the head. */
    boolean bodyless() {
        if (call != null && call.rewritesRequest()) {
            return false;
        }
        return http1 ? !declaresBody : ended && !received && trailers.isEmpty();
    }

    /** Whether the whole request has come from the client. */
    boolean ended() {
        return ended;
    }

    /** Whether a piece of the body has come. */
    boolean begun() {
        return received;
    }

    /** Whether the whole request has been handed to the upstream. */
    boolean sent() {
        return sent;
    }

    /** How the client keeps up; null when there is no body to wait for. */
    @Nullable
    BodyPace pace() {
        return ended ? null : pace;
    }

    /** Watches the pace of a client that may send from now on. */
    void expectBody() {
        if (!ended && !discarding && !tunnel && !unpaced && !bodyless()) {
            BodyPace watched = pace == null ? new BodyPace(terms) : pace;
            pace = watched;
            if (!paused) {
                watched.run(loop.nanoTime());
                observer.requestWatched();
            }
        }
    }

    /** What comes is no body but a tunnel's bytes, to which no limit applies. */
    void tunnel() {
        tunnel = true;
    }

    /** Keeps what is sent, up to this many bytes, until it is {@link #commit committed}; nothing of a body that is longer. */
    void keep(int limitBytes) {
        boolean other = call != null && call.rewritesRequest();
        keepBytes = declaredLength > limitBytes && !other ? 0 : limitBytes;
    }

    /** Whether another upstream can be sent all of the body. */
    boolean replayable() {
        return !handedOn || (replay != null && replay.isWhole());
    }

    /** No other upstream will be asked. */
    void commit() {
        keepBytes = 0;
        if (replay != null) {
            replay.release();
            replay = null;
        }
    }

    /** Copies of every chunk go there too, also of those that came before. */
    void mirrorTo(MirrorRequests copies) {
        mirrors = copies;
        early.forEach(copies::write);
        if (ended) {
            copies.end();
        }
    }

    /**
     * Begins to send, or sends once more what another upstream was sent; writes the upstream's head with the first bytes,
     * or alone.
     */
    void connect(UpstreamStream target) {
        upstream = target;
        limit.reading();
        if (tooLarge()) {
            observer.requestTooLarge(); // what came while the connection was waited for
            return;
        }
        if (bodyless()) {
            sent = true;
            target.end(null, FieldLines.NONE);
            return;
        }
        sent = false;
        target.onDrain(this::resume);
        if (early.isEmpty() && !ended) {
            target.writeHead();
        }
        if (replay != null) {
            replay.writeTo(target);
        } else if (keepBytes > 0) {
            replay = new ReplayBuffer(keepBytes);
        }
        Buffer chunk;
        // A target that fails within a write is no longer the upstream, and what is left is for the next.
        while (upstream == target && (chunk = early.poll()) != null) {
            if (ended && early.isEmpty()) {
                finish(target, kept(chunk));
            } else {
                target.write(kept(chunk));
            }
        }
        if (upstream != target) {
            return;
        }
        if (ended && !sent) {
            finish(target, null);
        }
        if (!sent && !target.writeQueueFull()) {
            resume();
        }
    }

    /** The upstream is gone, and another will be asked. */
    void detach() {
        upstream = null;
        sent = false;
    }

    /** The upstream is gone; what still comes is for nobody. */
    void disconnect() {
        upstream = null;
        commit();
        early.forEach(BodyBuffers::release);
        early.clear();
    }

    /** The answer is written: what still comes on this stream is for nobody, and must not hold up the connection's others. */
    void ignoreRest() {
        disconnect();
        discarding = true;
        resume();
    }

    /** The body has no pace and no size to speak of, as with gRPC's streams. */
    void unpaced() {
        unpaced = true;
        pace = null;
    }

    /**
     * Throws away what the client still sends after the answer, for a bounded time and up to a bounded length, so that an
     * HTTP/1.1 connection can serve its next request; then closes it.
     */
    void discardRest() {
        disconnect();
        discarding = true;
        if (ended) {
            return;
        }
        rest = new DiscardedRest(loop, request, terms);
        resume();
    }

    /**
     * The connection is gone. What Vert.x has read of a paused HTTP/1.1 request it forgets without releasing it when
     * the connection closes ({@code VertxConnection.pending}), so it must come out here.
     */
    void abandon() {
        disconnect();
        discarding = true;
        endRest();
        resume();
        if (mirrors != null) {
            mirrors.abort();
        }
    }

    private void endRest() {
        if (rest != null) {
            rest.end();
        }
    }

    private void data(Buffer read) {
        passage.taken();
        int length = read.length();
        bytes += length;
        // Behind an answer the copies alone still want it.
        Call translator = discarding && mirrors == null ? null : call;
        Buffer chunk = translator == null ? read : translated(translator, read);
        if (mirrors != null && chunk != null) {
            mirrors.write(chunk);
        }
        if (discarding) {
            if (chunk != null) {
                BodyBuffers.release(chunk);
            }
            if (rest != null) {
                rest.took(length);
            }
            return;
        }
        observer.requestBytes(length);
        if (pace != null) {
            pace.moved(length, loop.nanoTime());
        } else {
            expectBody();
        }
        if (tooLarge() && (upstream != null || chunk == null)) {
            if (chunk != null) {
                BodyBuffers.release(chunk);
            }
            observer.requestTooLarge();
        } else if (chunk != null) {
            pass(chunk);
        }
    }

    private void pass(Buffer chunk) {
        boolean first = !received;
        received = true;
        UpstreamStream target = upstream;
        if (target == null) {
            early.add(chunk);
            pause();
            if (first) {
                observer.requestBodyKnown();
            }
        } else {
            target.write(kept(chunk));
            if (target.writeQueueFull()) {
                pause();
            }
        }
    }

    /** What a call makes of a chunk, which it was only lent. */
    private static @Nullable Buffer translated(Call call, Buffer chunk) {
        Buffer passed = call.requestData(chunk);
        if (passed != chunk) {
            BodyBuffers.release(chunk);
        }
        return passed;
    }

    private Buffer kept(Buffer chunk) {
        handedOn = true;
        if (replay != null) {
            replay.keep(chunk);
        }
        return chunk;
    }

    /** Whether what the client has declared is too large. */
    boolean declaresTooMuch() {
        return limit.forbids(declaredLength);
    }

    /** Whether what has come before it could be passed on is too large already. */
    boolean tooLarge() {
        return !tunnel && limit.forbids(bytes);
    }

    private void end() {
        ended = true;
        trailers = RequestTrailers.of(request);
        passage.byReference(false);
        endRest();
        Buffer last = call == null || (discarding && mirrors == null) ? null : call.requestEnd();
        if (mirrors != null) {
            if (last != null) {
                mirrors.write(last);
            }
            mirrors.end();
        }
        if (discarding) {
            return;
        }
        UpstreamStream target = upstream;
        if (target != null && !sent) {
            finish(target, last == null ? null : kept(last));
        } else if (last != null) {
            early.add(last);
        }
        observer.requestEnded();
        if (target == null && !received) {
            observer.requestBodyKnown();
        }
    }

    private void finish(UpstreamStream target, @Nullable Buffer last) {
        sent = true;
        FieldLines passed = trailers;
        if (!passed.isEmpty()) {
            handedOn = true;
            commit(); // filters see them once
            passed = observer.requestTrailers(passed, target.takesTrailers());
        }
        target.end(last, passed);
    }

    private void pause() {
        if (!paused && !ended) {
            paused = true;
            passage.byReference(false);
            var unused = request.pause();
            if (pace != null) {
                pace.hold(loop.nanoTime());
            }
        }
    }

    private void resume() {
        if (paused && !ended) {
            paused = false;
            if (pace != null && !discarding) {
                pace.run(loop.nanoTime());
                observer.requestWatched();
            }
            var unused = request.resume();
            passage.byReference(!paused && !ended);
        }
    }
}
