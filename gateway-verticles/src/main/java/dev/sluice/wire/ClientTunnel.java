package dev.sluice.wire;

import dev.sluice.wire.UpstreamStream.Body;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * A client's HTTP/1.1 connection that has become a tunnel. It stands in the request decoder's place, passes bytes to the
 * upstream and back by reference, and knows nothing of what they mean. Vert.x's handler stays behind it, with the
 * request that is never answered there: it notices when the connection closes, and waits for it when it shuts down.
 */
public final class ClientTunnel extends ChannelInboundHandlerAdapter implements Body {

    private static final String NAME = "sluice-tunnel";

    /** What the exchange wants to know of its tunnel. */
    public interface Observer {
        void requestBytes(int count);

        void responseBytes(int count);

        /** The client will send no more. */
        void clientEnded();

        /** The upstream will send no more. */
        void upstreamEnded();
    }

    private final UpstreamStream upstream;
    private final Observer observer;
    private final ChannelHandlerContext context;
    private boolean clientEnded;
    private boolean paused;
    private boolean over;

    private ClientTunnel(UpstreamStream upstream, Observer observer, ChannelHandlerContext vertx) {
        this.upstream = upstream;
        this.observer = observer;
        var unused = vertx.pipeline().replace(Http1RequestDecoder.NAME, NAME, this);
        this.context = vertx.pipeline().context(this);
    }

    /**
     * Sends the response's status and fields, and lets bytes flow.
     *
     * @param upstream which has {@linkplain UpstreamStream#tunnel() become a tunnel} itself
     */
    public static ClientTunnel open(HttpServerRequest request, UpstreamStream upstream, Observer observer) {
        ChannelHandlerContext vertx = Connections.contextOf(request.connection());
        if (vertx == null) {
            throw new IllegalArgumentException("HTTP/3 (expected: a connection over TCP)");
        }
        ByteBuf early = HeldInput.takeRest(request.connection());
        ClientTunnel tunnel = new ClientTunnel(upstream, observer, vertx);
        HalfClose.allow(tunnel.context);
        var unused = tunnel.context.writeAndFlush(tunnel.head(request.response()));
        upstream.onDrain(tunnel::upstreamDrained);
        upstream.receive(tunnel);
        if (early.isReadable()) {
            tunnel.channelRead(tunnel.context, early);
        } else {
            early.release();
        }
        return tunnel;
    }

    /** Closes the connection, in bounded time, behind what has been written. */
    public void close() {
        over = true;
        var unused = context.close();
    }

    // from the client

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (over || clientEnded) {
            bytes.release();
            return;
        }
        observer.requestBytes(bytes.readableBytes());
        upstream.write(BodyBuffers.of(bytes));
        if (upstream.writeQueueFull()) {
            var unused = ctx.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (HalfClose.isEnd(event)) {
            clientEnds();
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (paused && ctx.channel().isWritable()) {
            paused = false;
            upstream.resume();
        }
        ctx.fireChannelWritabilityChanged();
    }

    private void clientEnds() {
        if (!clientEnded && !over) {
            clientEnded = true;
            upstream.end(null, FieldLines.NONE);
            observer.clientEnded();
        }
    }

    private void upstreamDrained() {
        if (!over) {
            var unused = context.channel().config().setAutoRead(true);
        }
    }

    // from the upstream

    @Override
    public void data(Buffer chunk) {
        if (over) {
            BodyBuffers.release(chunk);
            return;
        }
        observer.responseBytes(chunk.length());
        var unused = context.writeAndFlush(BodyBuffers.bytes(chunk));
        if (!context.channel().isWritable() && !paused) {
            paused = true;
            upstream.pause();
        }
    }

    @Override
    public void end(FieldLines trailers) {
        if (!over) {
            HalfClose.shutdownOutput(context);
            observer.upstreamEnded();
        }
    }

    private ByteBuf head(HttpServerResponse response) {
        ByteBuf bytes = context.alloc().directBuffer(Http1RequestHead.TYPICAL_BYTES);
        StringBuilder head =
                new StringBuilder("HTTP/1.1 ").append(response.getStatusCode()).append(' ');
        head.append(response.getStatusMessage()).append("\r\n");
        response.headers()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        var unused = ByteBufUtil.writeAscii(bytes, head.append("\r\n"));
        return bytes;
    }
}
