package dev.sluice.bench.load;

import dev.sluice.bench.wire.Sockets;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.quic.InsecureQuicTokenHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** An HTTP/3 server that answers every request in a way a test decides, once it is read. */
@SuppressWarnings("FutureReturnValueIgnored") // tests see failures at the other end
public final class Http3Server implements AutoCloseable {

    private final EventLoopGroup loop = Sockets.loops(1, "test-server");
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicLong bodyBytes = new AtomicLong();
    private final InetSocketAddress address;

    public Http3Server(TestIdentity identity, Consumer<ChannelHandlerContext> answer) {
        DatagramChannel socket = Sockets.udp();
        loop.register(socket).syncUninterruptibly();
        socket.pipeline()
                .addLast(Http3.newQuicServerCodecBuilder()
                        .sslContext(QuicSslContextBuilder.forServer(identity.key(), null, identity.certificate())
                                .applicationProtocols(Http3.supportedApplicationProtocols())
                                .build())
                        .maxIdleTimeout(30, TimeUnit.SECONDS)
                        .initialMaxData(16 << 20)
                        .initialMaxStreamDataBidirectionalRemote(4 << 20)
                        .initialMaxStreamsBidirectional(100)
                        .tokenHandler(InsecureQuicTokenHandler.INSTANCE)
                        .handler(new ChannelInitializer<QuicChannel>() {
                            @Override
                            protected void initChannel(QuicChannel channel) {
                                accepted.incrementAndGet();
                                channel.pipeline().addLast(new Http3ServerConnectionHandler(streams(answer)));
                            }
                        })
                        .build());
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).syncUninterruptibly();
        address = socket.localAddress();
    }

    private ChannelInitializer<QuicStreamChannel> streams(Consumer<ChannelHandlerContext> answer) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(QuicStreamChannel stream) {
                stream.pipeline().addLast(new Http3RequestStreamInboundHandler() {
                    @Override
                    protected void channelRead(ChannelHandlerContext ctx, Http3HeadersFrame frame) {
                        // Every request is answered alike.
                    }

                    @Override
                    protected void channelRead(ChannelHandlerContext ctx, Http3DataFrame frame) {
                        bodyBytes.addAndGet(frame.content().readableBytes());
                        frame.release();
                    }

                    @Override
                    protected void channelInputClosed(ChannelHandlerContext ctx) {
                        answer.accept(ctx);
                    }
                });
            }
        };
    }

    public static void fields(ChannelHandlerContext ctx, String... namesAndValues) {
        DefaultHttp3HeadersFrame frame = new DefaultHttp3HeadersFrame();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            frame.headers().add(namesAndValues[i], namesAndValues[i + 1]);
        }
        ctx.writeAndFlush(frame);
    }

    static void data(ChannelHandlerContext ctx, int bytes) {
        ctx.writeAndFlush(new DefaultHttp3DataFrame(Unpooled.wrappedBuffer(new byte[bytes])));
    }

    public static void end(ChannelHandlerContext ctx) {
        ((QuicStreamChannel) ctx.channel()).shutdownOutput();
    }

    public InetSocketAddress address() {
        return address;
    }

    /** @return connections accepted so far */
    int accepted() {
        return accepted.get();
    }

    /** @return bytes of request bodies read so far */
    long bodyBytes() {
        return bodyBytes.get();
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
