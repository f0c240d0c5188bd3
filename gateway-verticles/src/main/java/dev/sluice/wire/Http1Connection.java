package dev.sluice.wire;

import dev.sluice.config.Defaults;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 connection to an upstream, one request at a time. Vert.x connects and closes it and does the TLS; in
 * between this handler reads and writes in place of Vert.x's codec, which would copy every body buffer to the heap and
 * back, and takes five objects with a queue each to do it.
 */
final class Http1Connection extends ChannelInboundHandlerAdapter
        implements UpstreamConnection, Http1ResponseParser.Sink {

    private static final String VERTX_CODEC = "codec";

    private final Http1ResponseParser parser = new Http1ResponseParser(this);
    private @Nullable ChannelHandlerContext context;
    private @Nullable Http1Stream stream;
    /** What was read and not yet parsed: an incomplete head or line, or anything while the stream is paused. */
    private ByteBuf unread = Unpooled.EMPTY_BUFFER;

    /** The trailers of a response that has ended within a read, until that read is known to have brought no more. */
    private @Nullable FieldLines ending;

    private boolean reading;
    /** Whether the last read brought as much as it could, so that there may be more. */
    private boolean filled;

    private boolean parsing;
    private boolean paused;
    private boolean inputClosed;
    /** Why nothing more can be written; null while it can. */
    private @Nullable Throwable outputBroken;

    private boolean tunnel;
    private @Nullable Consumer<String> altSvc;

    private Http1Connection() {}

    /** Puts this in the place of the codec of a connection that Vert.x has just established. */
    static UpstreamConnection takeOver(HttpClientConnection established) {
        Http1Connection connection = new Http1Connection();
        ChannelHandlerContext context = Connections.contextOf(established);
        if (context == null) {
            throw new IllegalArgumentException("HTTP/3 (expected: a connection over TCP)");
        }
        var unused = context.pipeline().replace(VERTX_CODEC, "sluice-http1", connection);
        return connection;
    }

    @Override
    public void open(HttpMethod method, String uri, UpstreamStream.Listener listener) {
        if (stream != null) {
            throw new IllegalStateException("another request is under way");
        }
        Http1Stream opened = new Http1Stream(this, method.name(), uri, listener);
        stream = opened;
        parser.expect(method.equals(HttpMethod.HEAD));
        if (channel().isActive()) {
            listener.opened(opened);
        } else {
            stream = null;
            opened.failed(wasClosed());
        }
    }

    @Override
    public void onAltSvc(Consumer<String> received) {
        altSvc = received;
    }

    Channel channel() {
        return context().channel();
    }

    ChannelHandlerContext context() {
        ChannelHandlerContext added = context;
        if (added == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return added;
    }

    /** The stream wants no more body for now, or again. */
    void pause(boolean hold) {
        paused = hold;
        if (!hold && !parsing) {
            parse();
        }
        readMore();
    }

    /** The stream's bytes are no HTTP from now on, or never were. */
    void tunnel() {
        tunnel = true;
        parser.tunnel();
        HalfClose.allow(context());
        var unused = channel()
                .pipeline()
                .addFirst(CloseAfterFlush.NAME, new CloseAfterFlush(Defaults.CLOSE_LINGER.toMillis()));
    }

    /** The stream is given up. */
    void abandon() {
        stream = null;
        if (!parsing) {
            dropUnread();
        }
        // Vert.x would wait without a bound for what a tunnel has still to write.
        var unused = tunnel ? context().close() : channel().close();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        WireAllocator.use(ctx.channel().config());
        WireAllocator.readLarge(ctx.channel().config());
        // An upstream that answers early and closes resets the rest of the request; its answer is still to be read
        // then.
        var unused = ctx.channel().config().setAutoClose(false);
    }

    /** A connection that has closed loses its handlers; what a paused stream has not had yet stays here. */
    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (stream == null) {
            dropUnread();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        Http1Stream current = stream;
        if (current != null) {
            current.received();
        }
        reading = true;
        filled = !bytes.isWritable();
        if (unread.isReadable()) {
            ByteBuf joined = ctx.alloc().directBuffer(unread.readableBytes() + bytes.readableBytes());
            joined.writeBytes(unread).writeBytes(bytes);
            bytes.release();
            dropUnread();
            unread = joined;
        } else {
            unread = bytes;
        }
        parse();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        reading = false;
        if (filled && ending != null) {
            settle();
        } else {
            finish(!unread.isReadable());
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        reading = false;
        inputClosed = true;
        if (!paused) {
            ended();
        }
        ctx.fireChannelInactive();
    }

    /** In a tunnel, the end of one direction. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (tunnel && HalfClose.isEnd(event) && !inputClosed) {
            inputClosed = true;
            if (!paused) {
                ended();
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof ChannelOutputShutdownException && outputBroken == null) {
            outputBroken = cause.getCause() == null ? cause : cause.getCause();
        }
        if (outputBroken != null && channel().isOpen() && isOfOutput(cause)) {
            return; // what the upstream has sent before, and the end, are still to be read
        }
        boolean restWaits = paused && unread.isReadable() && cause instanceof IOException;
        if (!restWaits) {
            fail(cause);
        } // else the stream gets what has come before the break, and hears of it then
        ctx.fireExceptionCaught(cause);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        Http1Stream current = stream;
        if (current != null && ctx.channel().isWritable()) {
            current.drained();
        }
        ctx.fireChannelWritabilityChanged();
    }

    // what the parser finds

    @Override
    public void interim(int status, FieldLines fields) {
        Http1Stream current = stream;
        if (current != null) {
            current.interim(status, fields);
        }
    }

    @Override
    public void head(int status, boolean keepsAlive, FieldLines fields) {
        Http1Stream current = stream;
        String alternatives = altSvc == null ? null : fields.get("alt-svc");
        if (altSvc != null && alternatives != null) {
            altSvc.accept(alternatives);
        }
        if (current != null) {
            current.head(status, keepsAlive, fields);
        }
    }

    @Override
    public void data(ByteBuf bytes) {
        Http1Stream current = stream;
        if (current == null) {
            bytes.release();
        } else {
            current.data(bytes);
        }
    }

    @Override
    public void end(FieldLines trailers) {
        ending = trailers;
        if (inputClosed) {
            finish(false);
        } else if (!reading) {
            settle();
        }
    }

    @Override
    public boolean isPaused() {
        return paused;
    }

    private void parse() {
        parsing = true;
        try {
            parser.parse(unread);
        } catch (RuntimeException malformed) {
            dropUnread();
            fail(malformed);
            var unused = channel().close();
        } finally {
            parsing = false;
        }
        if (stream == null || !unread.isReadable()) {
            dropUnread();
        }
        if (inputClosed && !paused) {
            ended();
        }
    }

    private void readMore() {
        if (channel().config().isAutoRead() == paused) {
            var unused = channel().config().setAutoRead(!paused);
        }
    }

    private void ended() {
        dropUnread();
        Http1Stream current = stream;
        if (tunnel && current != null) {
            current.inputEnded();
            if (!channel().isActive()) {
                fail(wasClosed());
            }
        } else if (!parser.endsWithClose()) {
            fail(wasClosed());
        }
    }

    /**
     * The end came to light when the stream was resumed, or just where a read was full: bytes behind it may still be in
     * the kernel, and must not be taken for another response. What is there is read before the shortest timer runs.
     */
    private void settle() {
        paused = false;
        readMore();
        Http1Stream current = stream;
        var unused = context()
                .executor()
                .schedule(
                        () -> {
                            if (stream == current) {
                                finish(!unread.isReadable());
                            }
                        },
                        1,
                        TimeUnit.MILLISECONDS);
    }

    /** Tells the stream that its response has ended, if it has. */
    private void finish(boolean clean) {
        Http1Stream current = stream;
        FieldLines trailers = ending;
        ending = null;
        if (current != null && trailers != null) {
            stream = null;
            paused = false;
            readMore();
            current.ended(trailers, clean);
        }
    }

    private void fail(Throwable cause) {
        finish(false);
        Http1Stream current = stream;
        if (current != null) {
            stream = null;
            current.failed(cause);
        }
    }

    private void dropUnread() {
        unread.release();
        unread = Unpooled.EMPTY_BUFFER;
    }

    /** Whether it comes from a write alone. */
    private static boolean isOfOutput(Throwable cause) {
        return cause instanceof ChannelOutputShutdownException || cause instanceof ClosedChannelException;
    }

    private Throwable wasClosed() {
        return outputBroken == null ? new HttpClosedException("Connection was closed") : outputBroken;
    }
}
