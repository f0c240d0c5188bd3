package dev.sluice.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.config.ClientTerms.OverloadReply;
import dev.sluice.config.Defaults;
import dev.sluice.observe.RefusedConnections.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Turns one connection away, first in its pipeline, so that nothing behind it sees a byte. It waits for the client's first
 * bytes to know what it speaks: HTTP/1.1 gets a 503, HTTP/2 a GOAWAY (NO_ERROR, last stream 0: all is safe to try
 * elsewhere), TLS is closed, since an answer would cost a handshake. Then it reads on, so that what the client still sends
 * does not reset the answer away. All of that is bounded in time and in the number of connections; beyond, a reset.
 */
final class Refusal extends ChannelInboundHandlerAdapter {

    private static final int TLS_HANDSHAKE_RECORD = 0x16;

    private static final ByteBuf H2_PREFACE = Http2CodecUtil.connectionPrefaceBuf();

    /** An empty SETTINGS frame, and a GOAWAY. */
    private static final byte[] H2_GOAWAY = {
        0, 0, 0, 4, 0, 0, 0, 0, 0, //
        0, 0, 8, 7, 0, 0, 0, 0, 0, //
        0, 0, 0, 0, 0, 0, 0, 0
    };

    private final Reason reason;
    private final OverloadReply reply;
    private final AtomicInteger answering;
    private boolean begun;
    private boolean answered;

    /** @param answering how many connections are being answered, over all loops */
    Refusal(Reason reason, OverloadReply reply, AtomicInteger answering) {
        this.reason = reason;
        this.reply = reply;
        this.answering = answering;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive() && ctx.channel().isRegistered()) {
            begin(ctx);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        begin(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!answered && message instanceof ByteBuf bytes && bytes.isReadable()) {
            answered = true;
            answer(ctx, bytes);
        }
        boolean unused = ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        var unused = ctx.close();
    }

    private void begin(ChannelHandlerContext ctx) {
        if (begun) {
            return;
        }
        begun = true;
        if (reply == OverloadReply.RESET || answering.get() >= Defaults.MAX_REFUSALS) {
            boolean unused = ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            var unusedClose = ctx.close();
            return;
        }
        int unused = answering.incrementAndGet();
        var deadline =
                ctx.executor().schedule(() -> closeNow(ctx), Defaults.REFUSAL_LINGER.toMillis(), TimeUnit.MILLISECONDS);
        var unusedListener = ctx.channel().closeFuture().addListener(closed -> {
            int unusedCount = answering.decrementAndGet();
            boolean unusedCancel = deadline.cancel(false);
        });
    }

    private static void closeNow(ChannelHandlerContext ctx) {
        var unused = ctx.close();
    }

    private void answer(ChannelHandlerContext ctx, ByteBuf first) {
        if (first.getUnsignedByte(first.readerIndex()) == TLS_HANDSHAKE_RECORD) {
            var unused = ctx.close();
            return;
        }
        int compared = Math.min(first.readableBytes(), H2_PREFACE.readableBytes());
        boolean isH2 =
                compared > 2 && first.slice(first.readerIndex(), compared).equals(H2_PREFACE.slice(0, compared));
        byte[] answer = isH2 ? H2_GOAWAY : http1().getBytes(US_ASCII);
        var unused = ctx.writeAndFlush(Unpooled.wrappedBuffer(answer)).addListener(written -> {
            if (ctx.channel() instanceof DuplexChannel duplex) {
                var unusedShutdown = duplex.shutdownOutput();
            }
        });
    }

    private String http1() {
        String head = "HTTP/1.1 503 Service Unavailable\r\nserver: sluice\r\nconnection: close\r\nretry-after: 1\r\n";
        if (reply == OverloadReply.LIMITED) {
            return head + "content-length: 0\r\n\r\n";
        }
        String details =
                switch (reason) {
                    case PROCESS -> "The gateway has as many connections as it may";
                    case LISTENER -> "The listener has as many connections as it may";
                    case CLIENT -> "This address has as many connections as it may";
                    case PROXY_PROTOCOL -> throw new IllegalStateException("never answered");
                };
        String body = "503 connection_limit_reached: " + details + "\n";
        return head + "proxy-status: sluice; error=connection_limit_reached; details=\"" + details
                + "\"\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: " + body.length() + "\r\n\r\n"
                + body;
    }
}
