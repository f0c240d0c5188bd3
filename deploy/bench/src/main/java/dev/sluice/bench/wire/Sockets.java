package dev.sluice.bench.wire;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/** Event loops and the sockets that run on them: epoll where it loads, NIO elsewhere. */
public final class Sockets {

    private static final boolean EPOLL = Epoll.isAvailable();

    private Sockets() {}

    /** @return event loops with threads of that name, daemons so that none keeps a process alive */
    public static EventLoopGroup loops(int threads, String name) {
        IoHandlerFactory io = EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name, true), io);
    }

    /** @return a new socket, to be registered with one of {@link #loops} */
    public static SocketChannel tcp() {
        return EPOLL ? new EpollSocketChannel() : new NioSocketChannel();
    }

    public static Class<? extends ServerSocketChannel> tcpServer() {
        return EPOLL ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    /** @return a new socket, to be registered with one of {@link #loops} */
    public static DatagramChannel udp() {
        return EPOLL ? new EpollDatagramChannel() : new NioDatagramChannel();
    }
}
