package dev.sluice.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** One request on an {@link Http1Connection}, and its response. */
final class Http1Stream implements UpstreamStream {

    private final Http1Connection connection;
    private final ChannelHandlerContext context;
    private final String method;
    private final String uri;
    private final Listener listener;
    private final MultiMap headers = HttpHeaders.headers();
    private @Nullable Body body;
    private @Nullable Runnable drained;
    private boolean headWritten;
    private boolean chunked;
    private boolean written;
    private boolean keepsAlive;
    private boolean tunnel;
    private boolean inputEnded;
    private boolean answered;
    private boolean over;

    Http1Stream(Http1Connection connection, String method, String uri, Listener listener) {
        this.connection = connection;
        this.context = connection.context();
        this.method = method;
        this.uri = uri;
        this.listener = listener;
    }

    @Override
    public HttpVersion version() {
        return HttpVersion.HTTP_1_1;
    }

    @Override
    public long id() {
        return -1;
    }

    @Override
    public MultiMap headers() {
        return headers;
    }

    @Override
    public void authority(String authority) {
        var unused = headers.set("host", authority);
    }

    // the request

    @Override
    public void writeHead() {
        if (!over && !headWritten) {
            ByteBuf bytes = context.alloc().directBuffer(Http1RequestHead.TYPICAL_BYTES);
            head(bytes, true);
            var unused = context.writeAndFlush(bytes, context.voidPromise());
        }
    }

    @Override
    public void write(Buffer chunk) {
        Buffer bytes = unlessEmpty(chunk);
        if (bytes != null) {
            send(bytes, false, FieldLines.NONE);
        }
    }

    @Override
    public boolean takesTrailers() {
        return headWritten ? chunked : !headers.contains("content-length");
    }

    @Override
    public void end(@Nullable Buffer lastChunk, FieldLines trailers) {
        send(lastChunk == null ? null : unlessEmpty(lastChunk), true, trailers);
        written = true;
    }

    /** An HTTP/2 client may send empty frames; an empty chunk would be the last one (RFC 9112 section 7.1). */
    private static @Nullable Buffer unlessEmpty(Buffer chunk) {
        if (chunk.length() == 0) {
            BodyBuffers.release(chunk);
            return null;
        }
        return chunk;
    }

    private void send(@Nullable Buffer chunk, boolean last, FieldLines trailers) {
        if (over) {
            if (chunk != null) {
                BodyBuffers.release(chunk);
            }
            return;
        }
        int length = chunk == null ? 0 : chunk.length();
        boolean small = length <= BodyBuffers.SMALL;
        boolean framed = headWritten && !chunked;
        if (framed && !small && chunk != null) {
            var unused = context.writeAndFlush(BodyBuffers.bytes(chunk), context.voidPromise());
            return;
        }
        if (framed && chunk == null) {
            if (tunnel) {
                HalfClose.shutdownOutput(context);
            }
            return; // its length has told where it ends
        }
        ByteBuf bytes = context.alloc().directBuffer(Http1RequestHead.TYPICAL_BYTES + (small ? length : 0));
        if (!headWritten) {
            head(bytes, !last || chunk != null || !trailers.isEmpty());
        }
        if (chunk != null) {
            if (chunked) {
                Http1RequestHead.chunkSize(bytes, length);
            }
            if (small) {
                bytes.writeBytes(BodyBuffers.bytes(chunk).slice());
                BodyBuffers.release(chunk);
            } else {
                var unusedHead = context.write(bytes, context.voidPromise());
                var unusedBody = context.write(BodyBuffers.bytes(chunk), context.voidPromise());
                bytes = context.alloc().directBuffer(8);
            }
            if (chunked) {
                Http1RequestHead.chunkEnd(bytes);
            }
        }
        if (last && chunked) {
            Http1RequestHead.lastChunk(bytes, trailers);
        }
        var unused = context.writeAndFlush(bytes, context.voidPromise());
    }

    private void head(ByteBuf bytes, boolean bodyFollows) {
        headWritten = true;
        if (bodyFollows && !headers.contains("content-length")) {
            chunked = true;
            var unused = headers.set("transfer-encoding", "chunked");
        }
        Http1RequestHead.write(bytes, method, uri, headers);
    }

    @Override
    public boolean writeQueueFull() {
        return !over && !connection.channel().isWritable();
    }

    @Override
    public void onDrain(Runnable callback) {
        drained = callback;
    }

    void drained() {
        if (drained != null && !written) {
            drained.run();
        }
    }

    // the response

    @Override
    public void receive(Body receiver) {
        body = receiver;
    }

    @Override
    public void tunnel() {
        tunnel = true;
        headWritten = true;
        chunked = false;
        written = false;
        connection.tunnel();
    }

    @Override
    public void pause() {
        if (!over) {
            connection.pause(true);
        }
    }

    @Override
    public void resume() {
        if (!over) {
            connection.pause(false);
        }
    }

    @Override
    public boolean answered() {
        return answered;
    }

    @Override
    public boolean reusable() {
        return keepsAlive && written;
    }

    @Override
    public void reset(long code) {
        if (!over) {
            over = true;
            connection.abandon();
        }
    }

    /** Bytes have come, of whatever. */
    void received() {
        answered = true;
    }

    void interim(int status, FieldLines fields) {
        if (!over) {
            listener.interim(status, fields);
        }
    }

    void head(int status, boolean keepAlive, FieldLines fields) {
        keepsAlive = keepAlive;
        listener.head(new UpstreamHead(status, HttpVersion.HTTP_1_1, fields));
    }

    void data(ByteBuf bytes) {
        Body receiver = body;
        if (over || receiver == null) {
            bytes.release();
        } else if (bytes.readableBytes() <= BodyBuffers.SMALL) {
            receiver.data(BodyBuffers.copyOf(bytes));
            bytes.release();
        } else {
            receiver.data(BodyBuffers.of(bytes));
        }
    }

    /** @param clean whether nothing came behind the response */
    void ended(FieldLines trailers, boolean clean) {
        Body receiver = body;
        if (!over) {
            over = true;
            keepsAlive &= clean;
            if (receiver != null) {
                receiver.end(trailers);
            }
        }
    }

    /** The upstream has sent its FIN through the tunnel, which may go on in the other direction. */
    void inputEnded() {
        Body receiver = body;
        if (!over && !inputEnded && receiver != null) {
            inputEnded = true;
            receiver.end(FieldLines.NONE);
        }
    }

    void failed(Throwable cause) {
        if (!over) {
            over = true;
            listener.failed(cause);
        }
    }
}
