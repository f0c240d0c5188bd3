package dev.sluice.proxy;

import dev.sluice.config.Defaults;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;
import dev.sluice.wire.BodyBuffers;
import dev.sluice.wire.BodyPassage;
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

        void requestEnded();
    }

    private final Loop loop;
    private final HttpServerRequest request;
    private final Observer observer;
    private final boolean http1;
    private final boolean declaresBody;
    private final ArrayDeque<Buffer> early = new ArrayDeque<>(2);
    private @Nullable UpstreamStream upstream;
    private @Nullable MirrorRequests mirrors;
    private final BodyPassage passage;
    private boolean received;
    private boolean ended;
    private boolean sent;
    private boolean paused;
    private boolean discarding;
    private @Nullable Timeout drainTimeout;

    RequestPump(Loop loop, HttpServerRequest request, Observer observer) {
        this.loop = loop;
        this.request = request;
        this.observer = observer;
        HttpVersion version = request.version();
        this.http1 = version == HttpVersion.HTTP_1_1 || version == HttpVersion.HTTP_1_0;
        String length = request.getHeader("content-length");
        this.declaresBody = length != null
                ? !length.equals("0")
                : http1 && request.headers().contains("transfer-encoding");
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

    /** Whether there is nothing to send but the head. */
    boolean bodyless() {
        return http1 ? !declaresBody : ended && !received;
    }

    /** Whether the whole request has come from the client. */
    boolean ended() {
        return ended;
    }

    /** Whether the whole request has been handed to the upstream. */
    boolean sent() {
        return sent;
    }

    /** Copies of every chunk go there too, also of those that came before. */
    void mirrorTo(MirrorRequests copies) {
        mirrors = copies;
        early.forEach(copies::write);
        if (ended) {
            copies.end();
        }
    }

    /** Begins to send; writes the upstream's head with the first bytes, or alone. */
    void connect(UpstreamStream target) {
        upstream = target;
        if (bodyless()) {
            sent = true;
            target.end(null);
            return;
        }
        target.onDrain(this::resume);
        if (early.isEmpty() && !ended) {
            target.writeHead();
        }
        Buffer chunk;
        while ((chunk = early.poll()) != null) {
            boolean last = ended && early.isEmpty();
            if (last) {
                sent = true;
                target.end(chunk);
            } else {
                target.write(chunk);
            }
        }
        if (ended && !sent) {
            sent = true;
            target.end(null);
        }
        if (!sent && !target.writeQueueFull()) {
            resume();
        }
    }

    /** The upstream is gone; what still comes is for nobody. */
    void disconnect() {
        upstream = null;
        early.forEach(BodyBuffers::release);
        early.clear();
    }

    /**
     * Throws away what the client still sends after the answer, for a bounded time, so that an HTTP/1.1 connection can
     * serve its next request; then closes it.
     */
    void discardRest() {
        disconnect();
        discarding = true;
        if (ended) {
            return;
        }
        Timeout timeout = new Timeout() {
            @Override
            protected void expired() {
                var unused = request.connection().close();
            }
        };
        drainTimeout = timeout;
        loop.timer().arm(timeout, Defaults.REQUEST_DRAIN.toMillis());
        resume();
    }

    /**
     * The connection is gone. What Vert.x has read of a paused HTTP/1.1 request it forgets without releasing it when
     * the connection closes ({@code VertxConnection.pending}), so it must come out here.
     */
    void abandon() {
        disconnect();
        discarding = true;
        if (drainTimeout != null) {
            loop.timer().cancel(drainTimeout);
        }
        resume();
        if (mirrors != null) {
            mirrors.abort();
        }
    }

    private void data(Buffer chunk) {
        passage.taken();
        if (mirrors != null) {
            mirrors.write(chunk);
        }
        if (discarding) {
            BodyBuffers.release(chunk);
            return;
        }
        boolean first = !received;
        received = true;
        observer.requestBytes(chunk.length());
        UpstreamStream target = upstream;
        if (target == null) {
            early.add(chunk);
            pause();
            if (first) {
                observer.requestBodyKnown();
            }
            return;
        }
        target.write(chunk);
        if (target.writeQueueFull()) {
            pause();
        }
    }

    private void end() {
        ended = true;
        passage.byReference(false);
        if (drainTimeout != null) {
            loop.timer().cancel(drainTimeout);
        }
        if (mirrors != null) {
            mirrors.end();
        }
        if (discarding) {
            return;
        }
        UpstreamStream target = upstream;
        if (target != null && !sent) {
            sent = true;
            target.end(null);
        }
        observer.requestEnded();
        if (target == null && !received) {
            observer.requestBodyKnown();
        }
    }

    private void pause() {
        if (!paused && !ended) {
            paused = true;
            passage.byReference(false);
            var unused = request.pause();
        }
    }

    private void resume() {
        if (paused && !ended) {
            paused = false;
            var unused = request.resume();
            passage.byReference(!paused && !ended);
        }
    }
}
