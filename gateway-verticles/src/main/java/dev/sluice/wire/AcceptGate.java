package dev.sluice.wire;

import dev.sluice.config.ClientTerms;
import dev.sluice.observe.RefusedConnections.Reason;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets the connections of one listening socket in, or turns them away, before Vert.x sees them. Reads the terms anew for
 * each, so that a reload holds from the next connection on. Sockets of nobody's terms, as the admin API's, are left alone.
 *
 * <p>A connection is counted from its accept to its close, whatever closes it: the close future of a Netty channel is
 * completed in every case. One of a source that speaks the PROXY protocol counts for the client in its header.
 */
final class AcceptGate extends ChannelInboundHandlerAdapter {

    private final Admission process;
    private final OpenConnections socket = new OpenConnections();
    private final ClientAddresses clients = new ClientAddresses();
    private @Nullable ListenerTerms listener;
    private AddressRanges proxies = AddressRanges.NONE;

    AcceptGate(Admission process) {
        this.process = process;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (listener == null) {
            listener = ListenerTerms.of(ctx.channel().localAddress());
        }
        if (message instanceof Channel accepted && listener.isPublished()) {
            Refusal refusal = prepare(accepted, listener.current());
            if (refusal != null) {
                accepted.pipeline().addFirst(refusal);
                // Vert.x never hears of it: the acceptor's own loop turns it away.
                var unused = ctx.channel().eventLoop().register(accepted);
                return;
            }
        }
        ctx.fireChannelRead(message);
    }

    private @Nullable Refusal prepare(Channel accepted, ClientTerms terms) {
        ClientTerms.Connections limits = terms.connections();
        if (!process.enter()) {
            return process.refuse(Reason.PROCESS, terms.overload());
        }
        if (!socket.enter(limits.max())) {
            process.leave();
            return process.refuse(Reason.LISTENER, terms.overload());
        }
        InetAddress peer = ip(accepted.remoteAddress());
        if (peer != null && isProxy(peer, terms.proxyProtocol())) {
            ProxyProtocol.expect(accepted, terms, client -> enter(client, terms, accepted), process.refused());
        } else if (peer != null) {
            Refusal refusal = enter(peer, terms, accepted);
            if (refusal != null) {
                socket.leave();
                process.leave();
                return refusal;
            }
        }
        var unused = accepted.closeFuture().addListener(closed -> {
            socket.leave();
            process.leave();
        });
        accepted.pipeline().addFirst(new HandshakeDeadline(limits.tlsHandshakeTimeout()));
        return null;
    }

    /** From any loop; null when the client may come in. */
    private @Nullable Refusal enter(InetAddress client, ClientTerms terms, Channel connection) {
        return clients.enter(client, terms.connections().maxPerClient(), connection)
                ? null
                : process.refuse(Reason.CLIENT, terms.overload());
    }

    private boolean isProxy(InetAddress peer, List<String> ranges) {
        if (!proxies.isOf(ranges)) {
            proxies = new AddressRanges(ranges);
        }
        return proxies.contains(peer);
    }

    /** The address of an internet socket, an IPv4 one also where the kernel says it as IPv6; null of other sockets. */
    static @Nullable InetAddress ip(@Nullable SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet) || inet.getAddress() == null) {
            return null;
        }
        try {
            return InetAddress.getByAddress(inet.getAddress().getAddress());
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // of a wrong length, which an address never has
        }
    }
}
