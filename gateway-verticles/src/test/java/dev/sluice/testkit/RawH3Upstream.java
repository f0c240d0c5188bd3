package dev.sluice.testkit;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.quic.InsecureQuicTokenHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An HTTP/3 backend of frames: the test takes each stream that the gateway opens and answers as it likes. */
public final class RawH3Upstream implements AutoCloseable {

    private static final int WINDOW = 16 * 1024 * 1024;

    private final BlockingQueue<RawH3Stream> streams = new LinkedBlockingQueue<>();
    private final List<QuicChannel> connections = new CopyOnWriteArrayList<>();
    private final Channel socket;

    /** Listens on loopback with this certificate. */
    public RawH3Upstream(TestCertificates.Leaf leaf) {
        socket = new Bootstrap()
                .group(RawH3Client.LOOPS)
                .channel(NioDatagramChannel.class)
                .handler(Http3.newQuicServerCodecBuilder()
                        .sslContext(QuicSslContextBuilder.forServer(
                                        leaf.keyFile().toFile(),
                                        null,
                                        leaf.certFile().toFile())
                                .applicationProtocols(Http3.supportedApplicationProtocols())
                                .build())
                        .maxIdleTimeout(1, TimeUnit.MINUTES)
                        .initialMaxData(WINDOW)
                        .initialMaxStreamDataBidirectionalRemote(WINDOW)
                        .initialMaxStreamsBidirectional(100)
                        .tokenHandler(InsecureQuicTokenHandler.INSTANCE)
                        .handler(new ChannelInitializer<QuicChannel>() {
                            @Override
                            protected void initChannel(QuicChannel channel) {
                                connections.add(channel);
                                channel.pipeline().addLast(new Http3ServerConnectionHandler(requests()));
                            }
                        })
                        .build())
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .syncUninterruptibly()
                .channel();
    }

    private ChannelInitializer<QuicStreamChannel> requests() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(QuicStreamChannel channel) {
                RawH3Stream stream = new RawH3Stream();
                channel.pipeline().addLast(stream.handler());
                stream.opened(channel);
                streams.add(stream);
            }
        };
    }

    public int port() {
        return ((InetSocketAddress) socket.localAddress()).getPort();
    }

    /** Waits for the next stream, in order of arrival over all connections. */
    public RawH3Stream take() {
        return Eventually.take("a stream at the raw HTTP/3 upstream", streams);
    }

    /** How many connections were accepted. */
    public int connections() {
        return connections.size();
    }

    @Override
    public void close() {
        connections.forEach(connection -> connection.close().awaitUninterruptibly());
        var unused = socket.close().awaitUninterruptibly();
    }
}
