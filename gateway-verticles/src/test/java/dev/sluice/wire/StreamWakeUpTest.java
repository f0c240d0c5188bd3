package dev.sluice.wire;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestGateway;
import dev.sluice.verticle.GatewayVertx;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2ClientConfig;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConfig;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerConfig;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream learns that it may write again, though the event that the channel may not came late. */
final class StreamWakeUpTest {

    private final List<Boolean> told = new ArrayList<>();

    @Test
    void wakesAStreamWhoseWindowWasOpenedBeforeALateEvent() throws Exception {
        Http2ConnectionHandler http2 = new Http2ConnectionHandlerBuilder()
                .server(true)
                .frameListener(new Http2FrameAdapter())
                .build();
        EmbeddedChannel channel = new EmbeddedChannel(StreamWakeUp.INSTANCE, http2);
        channel.writeInbound(Http2CodecUtil.connectionPrefaceBuf(), frame(4, 0));
        Http2Stream stream = http2.connection().remote().createStream(1, false);
        Http2RemoteFlowController flow = http2.encoder().flowController();
        flow.listener(changed -> told.add(flow.isWritable(changed)));
        flow.incrementWindowSize(stream, 0);
        flow.channelWritabilityChanged();
        assertEquals(List.of(true), told);

        // What an SslHandler does to the channel: it is unwritable at once, and the event waits among the tasks.
        ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
        outbound.setUserDefinedWritability(1, false);
        channel.pipeline().fireChannelRead(frame(8, 1));
        assertEquals(List.of(true, false), told);
        outbound.setUserDefinedWritability(1, true);
        channel.runPendingTasks();

        assertTrue(flow.isWritable(stream));
        assertEquals(List.of(true, false, true), told);
        assertTrue(channel.finishAndReleaseAll());
    }

    /** Vert.x takes other handlers off its clients' channels, so what matters is who is there in the end. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void isOnEveryHttp2ConnectionOfEitherSide(boolean tls) {
        Vertx vertx = GatewayVertx.create(TestGateway.bootstrap(1));
        try {
            Promise<HttpConnection> accepted = Promise.promise();
            HttpServerConfig serving = new HttpServerConfig().setVersions(HttpVersion.HTTP_2);
            HttpClientConfig asking = new HttpClientConfig()
                    .setVersions(HttpVersion.HTTP_2)
                    .setSsl(tls)
                    .setHttp2Config(new Http2ClientConfig().setClearTextUpgrade(false));
            TestCertificates.Leaf leaf = TestCertificates.local();
            ServerSSLOptions identity = new ServerSSLOptions()
                    .setKeyCertOptions(new PemKeyCertOptions()
                            .setCertPath(leaf.certFile().toString())
                            .setKeyPath(leaf.keyFile().toString()));
            HttpServer server = tls ? vertx.createHttpServer(serving, identity) : vertx.createHttpServer(serving);
            int port = Eventually.get(server.connectionHandler(accepted::complete)
                            .requestHandler(request -> {})
                            .listen(0, "127.0.0.1"))
                    .actualPort();
            HttpClientAgent client = vertx.httpClientBuilder()
                    .with(asking)
                    .with(new ClientSSLOptions().setTrustAll(true).setHostnameVerificationAlgorithm(""))
                    .build();
            HttpClientConnection opened = Eventually.get(
                    client.connect(new HttpConnectOptions().setHost("127.0.0.1").setPort(port)));
            Promise<Void> taken = Promise.promise();
            requireNonNull(Connections.contextOf(opened)).executor().execute(() -> {
                UpstreamConnection unused = UpstreamConnection.on(opened);
                taken.complete();
            });
            Eventually.get(taken.future());
            for (HttpConnection connection : List.of(opened, Eventually.get(accepted.future()))) {
                assertNotNull(requireNonNull(Connections.contextOf(connection))
                        .pipeline()
                        .get(StreamWakeUp.NAME));
            }
        } finally {
            Eventually.get(vertx.close());
        }
    }

    /** An empty SETTINGS (4), or a WINDOW_UPDATE (8) of one byte. */
    private static ByteBuf frame(int type, int streamId) {
        ByteBuf frame = Unpooled.buffer();
        frame.writeMedium(type == 8 ? 4 : 0).writeByte(type).writeByte(0).writeInt(streamId);
        return type == 8 ? frame.writeInt(1) : frame;
    }
}
