package dev.sluice.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpVersion;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The upstream's side of a tunnel that is a WebSocket. Bytes pass as they are; but it follows the frames, so that the
 * gateway can close both sides properly: it puts a Close frame in at each direction's next end of a frame, drops what
 * still comes there, and waits for the Close frames that answer (RFC 6455 sections 5.5.1 and 7.1.1).
 */
public final class WebSocketPassage implements UpstreamStream, UpstreamStream.Body {

    /** What a server or a client says that is going away, RFC 6455 section 7.4.1. */
    public static final int GOING_AWAY = 1001;

    private static final int CLOSE = 0x88;
    private static final int MASKED = 0x80;

    private final UpstreamStream upstream;
    private final Runnable closed;
    private final Direction fromClient;
    private final Direction fromUpstream;
    private @Nullable Body client;

    /** @param closed called when a Close frame has come from both sides after {@link #close} */
    public WebSocketPassage(UpstreamStream upstream, int maskingKey, Runnable closed) {
        this.upstream = upstream;
        this.closed = closed;
        this.fromClient = new Direction(upstream::write, masked(GOING_AWAY, maskingKey));
        this.fromUpstream = new Direction(
                this::toClient,
                Unpooled.copiedBuffer(new byte[] {(byte) CLOSE, 2, (byte) (GOING_AWAY >> 8), (byte) GOING_AWAY}));
    }

    /** Says {@link #GOING_AWAY} to both sides, unless one of them has begun to close by itself. */
    public void close() {
        if (!fromClient.frames.isClosed() && !fromUpstream.frames.isClosed()) {
            fromUpstream.close();
            fromClient.close();
        }
        confirm();
    }

    /** Whether no further frame of one side reaches the other. */
    public boolean isClosing() {
        return fromClient.isClosing() && fromUpstream.isClosing();
    }

    private void confirm() {
        if (isClosing() && fromClient.frames.isClosed() && fromUpstream.frames.isClosed()) {
            closed.run();
        }
    }

    private void toClient(Buffer chunk) {
        if (client == null) {
            BodyBuffers.release(chunk);
        } else {
            client.data(chunk);
        }
    }

    /** A client masks what it sends (RFC 6455 section 5.3). */
    private static ByteBuf masked(int status, int key) {
        ByteBuf frame = Unpooled.buffer(8, 8);
        return frame.writeByte(CLOSE).writeByte(MASKED | 2).writeInt(key).writeShort(status ^ (key >>> 16));
    }

    private final class Direction {

        private final WebSocketFrames frames = new WebSocketFrames();
        private final Consumer<Buffer> to;
        private final ByteBuf closeFrame;
        private boolean asked;
        private boolean said;

        Direction(Consumer<Buffer> to, ByteBuf closeFrame) {
            this.to = to;
            this.closeFrame = closeFrame;
        }

        boolean isClosing() {
            return said || frames.isClosed();
        }

        void close() {
            asked = true;
            if (frames.isBetween()) {
                say();
            }
        }

        void pass(Buffer chunk) {
            ByteBuf bytes = BodyBuffers.bytes(chunk);
            if (said) {
                frames.follow(bytes);
                BodyBuffers.release(chunk);
                confirm();
                return;
            }
            if (!asked) {
                frames.follow(bytes);
                to.accept(chunk);
                return;
            }
            int count = frames.followFrame(bytes);
            if (!frames.isBetween()) {
                to.accept(chunk);
                return;
            }
            to.accept(BodyBuffers.of(bytes.readRetainedSlice(count)));
            say();
            frames.follow(bytes);
            BodyBuffers.release(chunk);
            confirm();
        }

        private void say() {
            if (!said && !frames.isClosed()) {
                to.accept(BodyBuffers.copyOf(closeFrame));
            }
            said = true;
        }
    }

    // from the client

    @Override
    public void write(Buffer chunk) {
        fromClient.pass(chunk);
    }

    @Override
    public void end(@Nullable Buffer lastChunk, FieldLines trailers) {
        if (lastChunk != null) {
            fromClient.pass(lastChunk);
        }
        upstream.end(null, trailers);
    }

    // from the upstream

    @Override
    public void receive(Body body) {
        client = body;
        upstream.receive(this);
    }

    @Override
    public void data(Buffer chunk) {
        fromUpstream.pass(chunk);
    }

    @Override
    public void end(FieldLines trailers) {
        if (client != null) {
            client.end(trailers);
        }
    }

    // all else is the stream's

    @Override
    public HttpVersion version() {
        return upstream.version();
    }

    @Override
    public long id() {
        return upstream.id();
    }

    @Override
    public MultiMap headers() {
        return upstream.headers();
    }

    @Override
    public void authority(String authority) {
        upstream.authority(authority);
    }

    @Override
    public void writeHead() {
        upstream.writeHead();
    }

    @Override
    public boolean takesTrailers() {
        return upstream.takesTrailers();
    }

    @Override
    public boolean writeQueueFull() {
        return upstream.writeQueueFull();
    }

    @Override
    public void onDrain(Runnable drained) {
        upstream.onDrain(drained);
    }

    @Override
    public void tunnel() {
        upstream.tunnel();
    }

    @Override
    public void pause() {
        upstream.pause();
    }

    @Override
    public void resume() {
        upstream.resume();
    }

    @Override
    public boolean answered() {
        return upstream.answered();
    }

    @Override
    public boolean reusable() {
        return upstream.reusable();
    }

    @Override
    public void reset(long code) {
        upstream.reset(code);
    }
}
