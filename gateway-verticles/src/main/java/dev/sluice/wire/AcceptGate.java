package dev.sluice.wire;

import dev.sluice.config.ClientTerms;
import dev.sluice.observe.RefusedConnections.Reason;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Lets the connections of one listening socket in, or turns them away, before Vert.x sees them. Reads the terms anew for
 * each, so that a reload holds from the next connection on. Sockets of nobody's terms, as the admin API's, are left alone.
 *
 * <p>A connection is counted from its accept to its close, whatever closes it. One of a source that speaks the PROXY protocol counts for the client in its header.
 */
final class AcceptGate extends ChannelInboundHandlerAdapter {

    private final Admission process;
    private final SharedCount socket = new SharedCount();
    private final ClientAddresses clients = new ClientAddresses();
    private @Nullable ListenerTerms listener;
    private AddressRanges proxies = AddressRanges.NONE;

    AcceptGate(Admission process) {
        this.process = process;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        listener = ListenerTerms.of(ctx.channel().localAddress());
        ctx.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (listener != null) {
            listener.forget(); // who listens there next has other terms
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof Channel accepted) || listener == null || !listener.isPublished()) {
            ctx.fireChannelRead(message);
            return;
        }
        ClientTerms terms = listener.current();
        Place place = new Place();
        Refusal refusal = place.take(accepted, terms);
        if (refusal == null) {
            accepted.pipeline()
                    .addFirst(new HandshakeDeadline(terms.connections().tlsHandshakeTimeout()));
            ctx.fireChannelRead(message);
        } else {
            accepted.pipeline().addFirst(refusal);
            // Vert.x never hears of it: the acceptor's own loop turns it away.
            var unused = ctx.channel().eventLoop().register(accepted);
        }
        if (!accepted.isOpen()) {
            place.leave(); // no loop took it, and then its close future says nothing
        }
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

    /** What one connection counts for; given back once. */
    private final class Place implements ChannelFutureListener {

        private final AtomicBoolean left = new AtomicBoolean();
        private @Nullable InetAddress client;

        /** Takes it until the connection closes; what turns the connection away instead, or null. */
        @Nullable
        Refusal take(Channel accepted, ClientTerms terms) {
            if (!process.enter()) {
                left.set(true);
                return process.refuse(Reason.PROCESS, terms.overload());
            }
            if (!socket.take(terms.connections().max())) {
                left.set(true);
                process.leave();
                return process.refuse(Reason.LISTENER, terms.overload());
            }
            var unused = accepted.closeFuture().addListener(this);
            InetAddress peer = ip(accepted.remoteAddress());
            if (peer == null) {
                return null;
            }
            if (isProxy(peer, terms.proxyProtocol())) {
                ProxyProtocol.expect(accepted, terms, header -> enter(header, terms), process.refused());
                return null;
            }
            Refusal refusal = enter(peer, terms);
            if (refusal != null) {
                leave(); // while it is being answered, another may have the place
            }
            return refusal;
        }

        /** On the acceptor's loop, or on the connection's own once it has one. */
        private @Nullable Refusal enter(InetAddress address, ClientTerms terms) {
            long max = terms.connections().maxPerClient();
            if (max == ClientTerms.UNLIMITED) {
                return null; // and not counted
            }
            if (!clients.enter(address, max)) {
                return process.refuse(Reason.CLIENT, terms.overload());
            }
            client = address;
            return null;
        }

        @Override
        public void operationComplete(ChannelFuture closed) {
            leave();
        }

        void leave() {
            if (left.compareAndSet(false, true)) {
                InetAddress counted = client;
                if (counted != null) {
                    clients.leave(counted);
                }
                socket.give();
                process.leave();
            }
        }
    }
}
