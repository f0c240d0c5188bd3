package dev.sluice.testkit;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ClientConnectionHandler;
import io.netty.handler.codec.http3.Http3GoAwayFrame;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** An HTTP/3 client of frames: sends the fields and DATA that the test asks for, legal or not, and keeps what comes. */
public final class RawH3Client implements AutoCloseable {

    /** One for all HTTP/3 peers of a test run; its threads are daemons. */
    static final EventLoopGroup LOOPS =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("raw-h3", true), NioIoHandler.newFactory());

    private static final QuicSslContext TLS = QuicSslContextBuilder.forClient()
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .applicationProtocols(Http3.supportedApplicationProtocols())
            .build();

    private static final long WINDOW = 16 * 1024 * 1024;

    private final NioDatagramChannel socket = new NioDatagramChannel();
    private final CompletableFuture<QuicConnectionCloseEvent> closeReason = new CompletableFuture<>();
    private final BlockingQueue<Long> goAways = new LinkedBlockingQueue<>();
    private final AtomicInteger toLose = new AtomicInteger();
    private final QuicChannel connection;

    private RawH3Client(int port) {
        socket.pipeline()
                .addLast(network())
                .addLast(Http3.newQuicClientCodecBuilder()
                        .sslContext(TLS)
                        .maxIdleTimeout(1, TimeUnit.MINUTES)
                        .initialMaxData(WINDOW)
                        .initialMaxStreamDataBidirectionalLocal(WINDOW)
                        .build());
        get(LOOPS.register(socket));
        get(socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
        connection = get(QuicChannel.newBootstrap(socket)
                .handler(new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel channel) {
                        channel.pipeline()
                                .addLast(new Http3ClientConnectionHandler(control(), null, null, null, true))
                                .addLast(watch());
                    }
                })
                .remoteAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .connect());
    }

    /** Connects to 127.0.0.1. */
    public static RawH3Client connect(int port) {
        return new RawH3Client(port);
    }

    /** The usual pseudo-headers, with unchecked fields; add more before sending. */
    public static Http3Headers head(String method, String path) {
        return new DefaultHttp3Headers(false)
                .method(method)
                .scheme("https")
                .authority("localhost")
                .path(path);
    }

    /** The next stream of ours, without sending anything. */
    public RawH3Stream newStream() {
        RawH3Stream stream = new RawH3Stream();
        stream.opened(get(Http3.newRequestStream(connection, stream.handler())));
        return stream;
    }

    /** Opens a stream with these header fields. */
    public RawH3Stream open(Http3Headers headers, boolean end) {
        return newStream().headers(headers, end);
    }

    /** A whole GET. */
    public H2Response get(String path) {
        return open(head("GET", path), true).response();
    }

    /** Waits for CONNECTION_CLOSE of the peer; its code. */
    public int awaitCloseCode() {
        return Eventually.get(closeReason).error();
    }

    /** How long the peer takes silence for life (RFC 9000 section 10.1). */
    public Duration peerIdleTimeout() {
        return Duration.ofMillis(connection.peerTransportParameters().maxIdleTimeout());
    }

    /** Whether the connection is still there. */
    public boolean isOpen() {
        return connection.isActive() && !closeReason.isDone();
    }

    /** Waits for the next GOAWAY that this method has not given yet; the id in it. */
    public long awaitGoAway() {
        return Eventually.take("a GOAWAY", goAways);
    }

    /** Whether there is a GOAWAY that {@link #awaitGoAway} has not given yet. */
    public boolean hasGoAway() {
        return !goAways.isEmpty();
    }

    /** The network loses the next datagrams that come to us. */
    public void lose(int datagrams) {
        toLose.set(datagrams);
    }

    /** How many of those that {@link #lose} asks for are still to come. */
    public int toLose() {
        return toLose.get();
    }

    private ChannelHandler network() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object datagram) {
                if (toLose.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                    ReferenceCountUtil.release(datagram);
                } else {
                    ctx.fireChannelRead(datagram);
                }
            }
        };
    }

    private ChannelHandler control() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                if (message instanceof Http3GoAwayFrame goAway) {
                    goAways.add(goAway.id());
                }
                ReferenceCountUtil.release(message);
            }
        };
    }

    private ChannelHandler watch() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                if (event instanceof QuicConnectionCloseEvent close) {
                    closeReason.complete(close);
                }
                ctx.fireUserEventTriggered(event);
            }

            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ctx.fireChannelRead(message); // streams of the server's are registered behind all handlers
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                // the test sees its effect
            }
        };
    }

    static byte[] bytes(io.netty.buffer.ByteBuf buffer) {
        return ByteBufUtil.getBytes(buffer);
    }

    static <T> T get(Future<T> future) {
        try {
            return future.get(Eventually.DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        get(connection.close());
        get(socket.close());
    }
}
