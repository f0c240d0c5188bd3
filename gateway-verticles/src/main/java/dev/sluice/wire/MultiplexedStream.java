package dev.sluice.wire;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.http.impl.HttpClientStream;
import io.vertx.core.http.impl.HttpRequestHead;
import io.vertx.core.http.impl.HttpResponseHead;
import io.vertx.core.http.impl.HttpUtils;
import io.vertx.core.http.impl.http3.Http3ClientStream;
import io.vertx.core.net.HostAndPort;
import org.jspecify.annotations.Nullable;

/**
 * A stream of HTTP/2 or HTTP/3, as Vert.x runs it: the stream under Vert.x's requests and responses, which lack
 * trailers of a request and all interim responses but two.
 */
final class MultiplexedStream implements UpstreamStream {

    private static final long H2_CANCEL = 8;

    private final MultiplexedConnection connection;
    private final HttpClientStream stream;
    private final HttpMethod method;
    private final String uri;
    private final Listener listener;
    private final MultiMap headers;
    private BodyPassage passage = BodyPassage.COPIED;
    private @Nullable HostAndPort authority;
    private @Nullable Body body;
    private boolean headWritten;
    private boolean answered;
    private boolean paused;
    private @Nullable HttpClosedException closedWhilePaused;
    private boolean closed;
    private boolean ended;
    private boolean over;

    MultiplexedStream(
            MultiplexedConnection connection,
            HttpClientStream stream,
            HttpMethod method,
            String uri,
            Listener listener) {
        this.connection = connection;
        this.stream = stream;
        this.method = method;
        this.uri = uri;
        this.listener = listener;
        this.headers = connection.vertx().newHttpRequestHeaders();
    }

    void opened() {
        var unusedHead = stream.headHandler(this::head);
        var unusedContinue = stream.continueHandler(v -> interim(100, FieldLines.NONE));
        var unusedHints = stream.earlyHintsHandler(fields -> interim(103, FieldLines.of(fields)));
        var unusedPush = stream.pushHandler(push -> {
            var unused = push.stream().writeReset(H2_CANCEL); // RFC 9113 section 8.4: nobody asked for it
        });
        var unusedReset = stream.resetHandler(code -> failed(new StreamResetException(code)));
        var unusedError = stream.exceptionHandler(this::failed);
        if (connection.http2() == null) {
            var unusedClose = stream.closeHandler(v -> closed(HttpUtils.STREAM_CLOSED_EXCEPTION));
        }
        connection.begun(this);
        listener.opened(this);
    }

    @Override
    public HttpVersion version() {
        return stream.version();
    }

    @Override
    public long id() {
        return stream.id();
    }

    @Override
    public MultiMap headers() {
        return headers;
    }

    @Override
    public void authority(String value) {
        // With its port, if any, as it is: Vert.x would refuse or rewrite some that are valid.
        authority = HostAndPort.create(value, -1);
    }

    // the request

    @Override
    public void writeHead() {
        var unused = send(null, false);
    }

    @Override
    public void write(Buffer chunk) {
        if (over) {
            BodyBuffers.release(chunk);
        } else {
            BodyBuffers.releaseAfter(send(chunk, false), chunk, connection.vertx());
        }
    }

    @Override
    public boolean takesTrailers() {
        return true;
    }

    @Override
    public void end(@Nullable Buffer lastChunk, FieldLines trailers) {
        if (over) {
            if (lastChunk != null) {
                BodyBuffers.release(lastChunk);
            }
            return;
        }
        boolean last = trailers.isEmpty();
        if (lastChunk != null) {
            BodyBuffers.releaseAfter(send(lastChunk, last), lastChunk, connection.vertx());
        } else if (last || !headWritten) {
            var unused = send(null, last);
        }
        if (!last && !over) {
            UpstreamStreams.writeTrailers(stream, trailers);
        }
    }

    private Future<Void> send(@Nullable Buffer chunk, boolean last) {
        if (headWritten) {
            return stream.writeChunk(chunk, last);
        }
        headWritten = true;
        HttpRequestHead head = new HttpRequestHead(
                connection.vertx().isSsl() ? "https" : "http", method, uri, headers, authority, null, null);
        return stream.writeHead(head, true, chunk, last, HttpUtils.DEFAULT_STREAM_PRIORITY, false);
    }

    @Override
    public boolean writeQueueFull() {
        return !over && !stream.isWritable();
    }

    @Override
    public void onDrain(Runnable drained) {
        var unused = stream.drainHandler(v -> drained.run());
    }

    // the response

    private void interim(int status, FieldLines fields) {
        answered = true;
        if (!over) {
            listener.interim(status, fields);
        }
    }

    private void head(HttpResponseHead head) {
        answered = true;
        if (over) {
            return;
        }
        if (connection.http2() != null) {
            passage = Http2Bodies.of(connection.http2(), stream.id());
            passage.byReference(true);
        }
        connection.headReceived(head.headers);
        var unusedData = stream.dataHandler(this::data);
        var unusedTrailers = stream.trailersHandler(this::ended);
        listener.head(new UpstreamHead(head.statusCode, stream.version(), FieldLines.of(head.headers)));
    }

    private void data(Buffer chunk) {
        passage.taken();
        Body receiver = body;
        if (over || receiver == null) {
            BodyBuffers.release(chunk);
        } else {
            receiver.data(chunk);
        }
    }

    private void ended(MultiMap trailers) {
        Body receiver = body;
        if (!over && !ended) {
            ended = true;
            connection.over(this);
            if (receiver != null) {
                receiver.end(trailers.isEmpty() ? FieldLines.NONE : FieldLines.of(trailers));
            }
        }
    }

    @Override
    public void receive(Body receiver) {
        body = receiver;
    }

    @Override
    public void tunnel() {
        throw new UnsupportedOperationException(version() + " (expected: HTTP/1.1)");
    }

    @Override
    public void pause() {
        paused = true;
        passage.byReference(false);
        var unused = stream.pause();
    }

    @Override
    public void resume() {
        paused = false;
        var unused = stream.fetch(Long.MAX_VALUE);
        passage.byReference(true);
        HttpClosedException how = closedWhilePaused;
        if (how != null) {
            closedWhilePaused = null;
            connection.vertx().context().runOnContext(v -> closed(how));
        }
    }

    @Override
    public boolean answered() {
        return answered;
    }

    @Override
    public boolean reusable() {
        return true;
    }

    @Override
    public void reset(long code) {
        over = true;
        connection.over(this);
        if (closed) {
            return; // QUIC would refuse to
        }
        if (stream instanceof Http3ClientStream http3) {
            UpstreamStreams.cancel(http3, code);
        } else {
            var unused = stream.writeReset(code);
        }
    }

    /**
     * Vert.x says nothing else of an HTTP/3 stream that breaks off once the request is sent. What it holds for a paused
     * receiver, perhaps with the end, it still hands on when it is resumed.
     */
    void closed(HttpClosedException how) {
        if (paused) {
            closedWhilePaused = how;
        } else {
            closed = true;
            failed(how);
        }
    }

    /** What comes behind the response's end is no failure of it: the listener has had all it wanted. */
    void failed(Throwable cause) {
        if (!over && !ended) {
            over = true;
            connection.over(this);
            listener.failed(cause);
        }
    }
}
