package dev.sluice.wire;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2RemoteFlowController;

/**
 * Wakes the HTTP/2 streams that Netty's flow controller forgets, which would wait for ever.
 *
 * <p>The defect (Netty 4.2.18, {@code DefaultHttp2RemoteFlowController.ListenerWritabilityMonitor}): bytes that wait
 * in an {@code SslHandler} make a channel unwritable at once, but the event about it runs later. When a WINDOW_UPDATE
 * of a stream is read in between, the stream alone is marked unwritable and the connection stays marked writable. If
 * the channel is writable again before that late event runs, the controller sees no change of the connection and does
 * not look at its streams. Nothing marks the stream writable until its next WINDOW_UPDATE, which a client whose window
 * is open never sends. io_uring, which completes writes before it runs tasks, meets this every few large responses;
 * other transports meet it when one read brings two WINDOW_UPDATEs.
 *
 * <p>The way around: once the controller has seen that the channel is writable, give every stream a credit of nothing,
 * which compares its mark with what is true.
 */
@ChannelHandler.Sharable
final class StreamWakeUp extends ChannelInboundHandlerAdapter {

    static final String NAME = "sluice-stream-wake-up";
    static final StreamWakeUp INSTANCE = new StreamWakeUp();

    private StreamWakeUp() {}

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Http2Exception {
        ctx.fireChannelWritabilityChanged();
        Http2ConnectionHandler http2 = ctx.pipeline().get(Http2ConnectionHandler.class);
        if (http2 == null || !ctx.channel().isWritable()) {
            return;
        }
        Http2RemoteFlowController flow = http2.encoder().flowController();
        var unused = http2.connection().forEachActiveStream(stream -> {
            flow.incrementWindowSize(stream, 0);
            return true;
        });
    }
}
