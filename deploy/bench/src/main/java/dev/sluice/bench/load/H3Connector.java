package dev.sluice.bench.load;

import dev.sluice.bench.wire.Filler;
import dev.sluice.bench.wire.Sockets;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ClientConnectionHandler;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Opens HTTP/3 connections, each on a UDP socket of its own, as clients have: proxies spread connections over their
 * workers by address. BoringSSL prefers TLS_AES_128_GCM_SHA256 here too, but can not be asked what it agreed on.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a socket is heard of through its connection
final class H3Connector implements Connector {

    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;
    /** Longer than any scenario leaves a connection without a request. */
    private static final long IDLE_MINUTES = 5;
    /** Receive window of a stream: holds the longest body of any scenario whole. */
    private static final long STREAM_WINDOW = 16 * 1024 * 1024;

    private static final long CONNECTION_WINDOW = 4 * STREAM_WINDOW;
    /** What one packet holds on loopback, in bytes, for every proxy alike. */
    private static final long PACKET = 1350;

    private final EventLoop loop;
    private final InetSocketAddress target;
    private final List<PreparedCall<Http3Headers>> calls;
    private final QuicSslContext tls = QuicSslContextBuilder.forClient()
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .applicationProtocols(Http3.supportedApplicationProtocols())
            .build();

    H3Connector(EventLoop loop, InetSocketAddress target, List<Call> calls, Filler filler) {
        this.loop = loop;
        this.target = target;
        this.calls = calls.stream()
                .map(call -> PreparedCall.of(call, headers(call), filler))
                .toList();
    }

    private static Http3Headers headers(Call call) {
        Http3Headers headers = new DefaultHttp3Headers()
                .method(call.method())
                .scheme("https")
                .authority(call.authority())
                .path(call.path());
        if (call.grpc()) {
            headers.add("content-type", "application/grpc").add("te", "trailers");
        } else if (call.bodyBytes() > 0) {
            headers.addInt("content-length", call.bodyBytes());
        }
        return headers;
    }

    @Override
    public Connection open(Connection.Listener listener) {
        DatagramChannel socket = Sockets.udp();
        H3Connection connection = new H3Connection(calls, socket, listener);
        socket.closeFuture().addListener(closed -> connection.lost());
        loop.register(socket);
        socket.pipeline().addLast(codec());
        loop.execute(() -> bind(socket, connection));
        return connection;
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

    private void bind(DatagramChannel socket, H3Connection connection) {
        socket.bind(new InetSocketAddress(0)).addListener(bound -> {
            if (bound.isSuccess()) {
                connect(socket, connection);
            } else {
                connection.fail(bound.cause().toString());
            }
        });
    }

    private void connect(DatagramChannel socket, H3Connection connection) {
        QuicChannel.newBootstrap(socket)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .handler(new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel channel) {
                        // No dynamic table: it would make requests wait for the packets of others.
                        channel.pipeline()
                                .addLast(new Http3ClientConnectionHandler(connection.control(), null, null, null, true))
                                .addLast(connection.events());
                    }
                })
                .remoteAddress(target)
                .connect()
                .addListener((Future<QuicChannel> connected) -> {
                    if (connected.isSuccess()) {
                        connection.ready(connected.getNow());
                    } else {
                        connection.fail(connected.cause().toString());
                    }
                });
    }

    @Override
    public void close() {
        calls.forEach(PreparedCall::close);
    }
}
