package dev.sluice.wire;

import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import org.jspecify.annotations.Nullable;

/** A stream of HTTP/2 or HTTP/3, as Vert.x runs it. */
final class MultiplexedStream implements UpstreamStream {

    private final HttpClientRequest request;
    private final @Nullable Http2ConnectionHandler http2;
    private final Listener listener;
    private BodyPassage passage = BodyPassage.COPIED;
    private @Nullable HttpClientResponse response;
    private boolean over;

    MultiplexedStream(HttpClientRequest request, @Nullable Http2ConnectionHandler http2, Listener listener) {
        this.request = request;
        this.http2 = http2;
        this.listener = listener;
    }

    void opened() {
        var unusedRequest = request.exceptionHandler(this::failed);
        request.response().onComplete((head, error) -> {
            if (error != null) {
                failed(error);
            } else if (!over) {
                response = head;
                var unused = head.exceptionHandler(this::failed);
                listener.head(new UpstreamHead(head.statusCode(), head.version(), FieldLines.of(head.headers())));
            }
        });
        listener.opened(this);
    }

    @Override
    public HttpVersion version() {
        return request.version();
    }

    @Override
    public long id() {
        return request.streamId();
    }

    @Override
    public MultiMap headers() {
        return request.headers();
    }

    @Override
    public void authority(String authority) {
        // With its port, if any, as it is: Vert.x would refuse or rewrite some that are valid.
        var unused = request.authority(HostAndPort.create(authority, -1));
    }

    @Override
    public void writeHead() {
        framed();
        var unused = request.writeHead();
    }

    @Override
    public void write(Buffer chunk) {
        framed();
        BodyBuffers.releaseAfter(request.write(chunk), chunk, request.connection());
    }

    @Override
    public void end(@Nullable Buffer lastChunk) {
        if (lastChunk == null) {
            var unused = request.end();
        } else {
            framed();
            BodyBuffers.releaseAfter(request.end(lastChunk), lastChunk, request.connection());
        }
    }

    /** Frames need no chunked coding, but Vert.x wants to be told that a body without a length is meant. */
    private void framed() {
        if (!request.isChunked() && !request.headers().contains("content-length")) {
            var unused = request.setChunked(true);
        }
    }

    @Override
    public boolean writeQueueFull() {
        return request.writeQueueFull();
    }

    @Override
    public void onDrain(Runnable drained) {
        var unused = request.drainHandler(v -> drained.run());
    }

    @Override
    public void receive(Body body) {
        HttpClientResponse head = received();
        if (http2 != null) {
            passage = Http2Bodies.of(http2, request.streamId());
            passage.byReference(true);
        }
        var unusedData = head.handler(chunk -> {
            passage.taken();
            if (over) {
                BodyBuffers.release(chunk);
            } else {
                body.data(chunk);
            }
        });
        var unusedEnd = head.endHandler(v -> {
            if (!over) {
                @Nullable MultiMap trailers = head.trailers();
                body.end(trailers == null ? FieldLines.NONE : FieldLines.of(trailers));
            }
        });
    }

    @Override
    public void pause() {
        passage.byReference(false);
        var unused = received().pause();
    }

    @Override
    public void resume() {
        var unused = received().resume();
        passage.byReference(true);
    }

    private HttpClientResponse received() {
        HttpClientResponse head = response;
        if (head == null) {
            throw new IllegalStateException("no response yet");
        }
        return head;
    }

    @Override
    public boolean reusable() {
        return true;
    }

    @Override
    public void reset(long code) {
        over = true;
        var unused = request.reset(code);
    }

    private void failed(Throwable cause) {
        if (!over) {
            over = true;
            listener.failed(cause);
        }
    }
}
