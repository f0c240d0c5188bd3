package dev.sluice.bench.wire;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ClientConnectionHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * Opens HTTP/3 connections, each on a UDP socket of its own, as clients have: proxies spread connections over their
 * workers by address. BoringSSL prefers TLS_AES_128_GCM_SHA256 here too, but can not be asked what it agreed on.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a socket is heard of through its connection
public final class Http3Client {

    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;
    /** Longer than any scenario leaves a connection without a request. */
    private static final long IDLE_MINUTES = 5;
    /** Receive window of a stream: holds the longest body of any scenario whole. */
    private static final long STREAM_WINDOW = 16 * 1024 * 1024;

    private static final long CONNECTION_WINDOW = 4 * STREAM_WINDOW;
    /** What one packet holds on loopback, in bytes, for every proxy alike. */
    private static final long PACKET = 1350;

    /** Whose a connection is. All methods are called on the event loop. */
    public interface User {

        /** @return what reads the server's control stream */
        ChannelHandler control();

        /** @return what hears of the connection's end and of its errors */
        ChannelHandler events();

        /** Requests can be sent. */
        void ready(QuicChannel channel);

        /** There will be no connection; the socket is still to be closed. */
        void fail(String reason);

        /** The socket is closed; once. */
        void lost();
    }

    private final EventLoop loop;
    private final InetSocketAddress target;
    private final QuicSslContext tls = QuicSslContextBuilder.forClient()
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .applicationProtocols(Http3.supportedApplicationProtocols())
            .build();

    public Http3Client(EventLoop loop, InetSocketAddress target) {
        this.loop = loop;
        this.target = target;
    }

    /**
     * Opens a connection, of which the user hears later, never before this returns.
     *
     * @param socket a new one, of {@link Sockets#udp}
     */
    public void open(DatagramChannel socket, User user) {
        socket.closeFuture().addListener(closed -> user.lost());
        loop.register(socket);
        socket.pipeline().addLast(codec());
        loop.execute(() -> bind(socket, user));
    }

    private ChannelHandler codec() {
        return Http3.newQuicClientCodecBuilder()
                .sslContext(tls)
                .maxIdleTimeout(IDLE_MINUTES, TimeUnit.MINUTES)
                .maxSendUdpPayloadSize(PACKET)
                .initialMaxData(CONNECTION_WINDOW)
                .initialMaxStreamDataBidirectionalLocal(STREAM_WINDOW)
                .build();
    }

    private void bind(DatagramChannel socket, User user) {
        socket.bind(new InetSocketAddress(0)).addListener(bound -> {
            if (bound.isSuccess()) {
                connect(socket, user);
            } else {
                user.fail(bound.cause().toString());
            }
        });
    }

    private void connect(DatagramChannel socket, User user) {
        QuicChannel.newBootstrap(socket)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .handler(new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel channel) {
                        // No dynamic table: it would make requests wait for the packets of others.
                        channel.pipeline()
                                .addLast(new Http3ClientConnectionHandler(user.control(), null, null, null, true))
                                .addLast(user.events());
                    }
                })
                .remoteAddress(target)
                .connect()
                .addListener((Future<QuicChannel> connected) -> {
                    if (connected.isSuccess()) {
                        user.ready(connected.getNow());
                    } else {
                        user.fail(connected.cause().toString());
                    }
                });
    }
}
