package dev.sluice.wire;

import dev.sluice.config.ClientTerms;
import dev.sluice.observe.RefusedConnections;
import dev.sluice.observe.RefusedConnections.Reason;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Takes the PROXY protocol header (versions 1 and 2) off a connection of a source that is trusted to send one, and gives
 * the connection the addresses in it. {@code LOCAL}, {@code UNKNOWN} and Unix addresses leave it those of its socket.
 * A connection without such a header is closed: its sender would otherwise pass for the client.
 */
final class ProxyProtocol extends ChannelInboundHandlerAdapter {

    private static final String NAME = "sluice-proxy-protocol";

    /** Bytes of what a version 2 header may have behind its addresses; load balancers send some hundred, nothing reads them. */
    private static final int MAX_TLV_BYTES = 4096;

    private final Duration timeout;
    private final Function<InetAddress, @Nullable Refusal> entrance;
    private final RefusedConnections refused;
    private @Nullable Future<?> deadline;
    private boolean done;

    private ProxyProtocol(
            Duration timeout, Function<InetAddress, @Nullable Refusal> entrance, RefusedConnections refused) {
        this.timeout = timeout;
        this.entrance = entrance;
        this.refused = refused;
    }

    /**
     * Reads a header before anything else of an accepted connection.
     *
     * @param entrance asked with the client's address; what turns it away, or null
     */
    static void expect(
            Channel accepted,
            ClientTerms terms,
            Function<InetAddress, @Nullable Refusal> entrance,
            RefusedConnections refused) {
        accepted.pipeline()
                .addFirst(NAME, new ProxyProtocol(terms.head().timeout(), entrance, refused))
                .addFirst(new HAProxyMessageDecoder(MAX_TLV_BYTES));
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        if (!timeout.isZero()) {
            deadline = ctx.executor().schedule(() -> failed(ctx), timeout.toMillis(), TimeUnit.MILLISECONDS);
        }
        ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        HAProxyMessage header = (HAProxyMessage) message;
        try {
            received(ctx, header);
        } finally {
            boolean unused = header.release();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failed(ctx);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        failed(ctx);
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (deadline != null) {
            boolean unused = deadline.cancel(false);
        }
    }

    private void received(ChannelHandlerContext ctx, HAProxyMessage header) {
        HAProxyProxiedProtocol protocol = header.proxiedProtocol();
        InetAddress client = AcceptGate.ip(ctx.channel().remoteAddress());
        if (protocol.transportProtocol() == HAProxyProxiedProtocol.TransportProtocol.DGRAM) {
            failed(ctx);
            return;
        }
        String source = header.sourceAddress();
        String destination = header.destinationAddress();
        boolean isTcp = protocol == HAProxyProxiedProtocol.TCP4 || protocol == HAProxyProxiedProtocol.TCP6;
        if (header.command() == HAProxyCommand.PROXY && isTcp && source != null && destination != null) {
            client = NetUtil.createInetAddressFromIpAddressString(source);
            ctx.channel()
                    .attr(ConnectionBase.REMOTE_ADDRESS_OVERRIDE)
                    .set(SocketAddress.inetSocketAddress(header.sourcePort(), source));
            ctx.channel()
                    .attr(ConnectionBase.LOCAL_ADDRESS_OVERRIDE)
                    .set(SocketAddress.inetSocketAddress(header.destinationPort(), destination));
        }
        done = true;
        Refusal refusal = client == null ? null : entrance.apply(client);
        if (refusal == null) {
            ctx.pipeline().remove(this);
        } else {
            var unused = ctx.pipeline().replace(this, NAME, refusal);
        }
    }

    private void failed(ChannelHandlerContext ctx) {
        if (!done) {
            done = true;
            refused.count(Reason.PROXY_PROTOCOL);
            var unused = ctx.close();
        }
    }
}
