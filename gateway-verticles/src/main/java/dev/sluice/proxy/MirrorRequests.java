package dev.sluice.proxy;

import dev.sluice.config.Defaults;
import dev.sluice.failure.Failure;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;
import dev.sluice.observe.Metric;
import dev.sluice.upstream.EndpointOutcome;
import dev.sluice.upstream.Pick;
import dev.sluice.upstream.Upstream;
import dev.sluice.upstream.UpstreamEndpoint;
import dev.sluice.wire.BodyBuffers;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.UpstreamHead;
import dev.sluice.wire.UpstreamStream;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The copies of one request that {@code RequestMirror} asks for. They never hold up or change the exchange: a mirror that
 * cannot keep up with the body is given up, its answer is read and thrown away, its failure is nobody's.
 */
final class MirrorRequests {

    private final Loop loop;
    private final List<Copy> copies = new ArrayList<>(1);

    MirrorRequests(Loop loop) {
        this.loop = loop;
    }

    boolean isEmpty() {
        return copies.isEmpty();
    }

    /**
     * Sends a copy to an upstream.
     *
     * @param headers as the real upstream gets them
     * @param bodyless whether no chunk will follow
     */
    void add(Upstream upstream, HttpMethod method, String uri, String authority, MultiMap headers, boolean bodyless) {
        UpstreamEndpoint endpoint = upstream.pick(Pick.ANY);
        if (endpoint != null) {
            loop.counters().increment(Metric.MIRRORED_REQUESTS);
            Copy copy = new Copy(endpoint, method, uri, authority, headers, bodyless);
            copies.add(copy);
            copy.attempt.start();
        }
    }

    void write(Buffer chunk) {
        for (Copy copy : copies) {
            copy.write(chunk);
        }
    }

    void end() {
        for (Copy copy : copies) {
            copy.end();
        }
    }

    /** The real request broke off before its end: so do the copies whose body is incomplete. */
    void abort() {
        for (Copy copy : copies) {
            if (!copy.ended) {
                copy.giveUp();
            }
        }
    }

    private final class Copy extends Timeout implements UpstreamAttempt.Observer, UpstreamStream.Body {

        private final UpstreamAttempt attempt;
        private final String authority;
        private final MultiMap headers;
        private final ArrayDeque<Buffer> waiting = new ArrayDeque<>(2);
        private int waitingBytes;
        private @Nullable UpstreamStream stream;
        private boolean ended;
        private boolean sent;
        private boolean gone;

        Copy(
                UpstreamEndpoint endpoint,
                HttpMethod method,
                String uri,
                String authority,
                MultiMap headers,
                boolean bodyless) {
            this.attempt = new UpstreamAttempt(loop, endpoint, endpoint.pool(), method, uri, this);
            this.authority = authority;
            this.headers = headers;
            this.ended = bodyless;
            loop.timer().arm(this, Defaults.RESPONSE_HEAD_TIMEOUT.toMillis());
        }

        @Override
        protected void expired() {
            giveUp();
        }

        void write(Buffer chunk) {
            if (gone) {
                return;
            }
            waiting.add(BodyBuffers.copy(chunk));
            waitingBytes += chunk.length();
            flush();
            if (waitingBytes > Defaults.MIRROR_BUFFER_BYTES) {
                giveUp();
            }
        }

        void end() {
            ended = true;
            flush();
        }

        @Override
        public void streamOpened(UpstreamAttempt unused, UpstreamStream opened) {
            stream = opened;
            ExchangeHeaders.prepare(opened, headers, authority);
            opened.onDrain(this::flush);
            flush();
        }

        /** Sends what waits, as far as the mirror takes it, and the end behind it. */
        private void flush() {
            UpstreamStream target = stream;
            if (target == null || gone || sent) {
                return;
            }
            while (!waiting.isEmpty() && !target.writeQueueFull()) {
                Buffer chunk = waiting.remove();
                waitingBytes -= chunk.length();
                target.write(chunk);
            }
            if (ended && waiting.isEmpty()) {
                sent = true;
                target.end(null, FieldLines.NONE);
            }
        }

        @Override
        public void responseInterim(UpstreamAttempt unused, int status, FieldLines fields) {}

        @Override
        public void responseHead(UpstreamAttempt unused, UpstreamStream answered, UpstreamHead head) {
            answered.receive(this);
        }

        @Override
        public void data(Buffer chunk) {
            BodyBuffers.release(chunk);
        }

        @Override
        public void end(FieldLines trailers) {
            gone = true;
            loop.timer().cancel(this);
            if (sent) {
                attempt.finish();
            } else {
                attempt.abort(EndpointOutcome.UNKNOWN);
            }
        }

        @Override
        public void attemptFailed(UpstreamAttempt unused, Failure failure, @Nullable Throwable cause) {
            gone = true;
            waiting.clear();
            loop.timer().cancel(this);
        }

        @Override
        public boolean judges() {
            return false;
        }

        private void giveUp() {
            if (!gone) {
                gone = true;
                waiting.clear();
                loop.timer().cancel(this);
                attempt.abort(EndpointOutcome.UNKNOWN);
            }
        }
    }
}
