package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.Http2ClientConfig;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConfig;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.ClientSSLOptions;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every protocol that a client may speak, with every protocol that an upstream may speak. */
final class ProtocolMatrixTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory;

    enum Client {
        HTTP_1_1(HttpVersion.HTTP_1_1, false),
        H2C(HttpVersion.HTTP_2, false),
        TLS_HTTP_1_1(HttpVersion.HTTP_1_1, true),
        TLS_HTTP_2(HttpVersion.HTTP_2, true),
        HTTP_3(HttpVersion.HTTP_3, true);

        private final HttpVersion version;
        private final boolean tls;

        Client(HttpVersion version, boolean tls) {
            this.version = version;
            this.tls = tls;
        }
    }

    static Stream<Arguments> pairs() {
        return Stream.of(Client.values())
                .flatMap(client -> Stream.of(Protocol.values()).map(upstream -> Arguments.of(client, upstream)));
    }

    private record Answer(int status, MultiMap headers, Buffer body, MultiMap trailers) {}

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void relaysRequestsBodiesAndTrailers(Client client, Protocol protocol) throws Exception {
        TestCertificates certificates = TestCertificates.in(directory);
        TestCertificates.Leaf leaf = certificates.leaf("localhost", "localhost", "127.0.0.1");
        try (UpstreamServer upstream = upstream(protocol, leaf)) {
            upstream.on("/describe", Scripts.describe())
                    .on("/echo", Scripts.echo())
                    .on("/bytes", Scripts.bytes(3_000_000))
                    .on("/trailers", Scripts.trailers("body", Map.of("x-checksum", "abc")))
                    .on("/empty", Scripts.respond(204, Map.of(), ""));
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .https("https", "leaf")
                    .certificate("leaf", leaf)
                    .http3(Http3.REQUIRED)
                    .backend("app", protocol, upstream.port())
                    .route("/", "app")
                    .build());
            HttpClientAgent agent = agent(gateway, client);
            Sender sender = new Sender(
                    gateway.vertx().getOrCreateContext(), agent, gateway.port(client.tls ? "https" : "http"));
            int port = sender.port();

            Answer described = sender.send(HttpMethod.GET, "/describe?q=1", null);
            assertEquals(200, described.status());
            Double connections = gateway.metric("gateway_downstream_connections_active");
            assertTrue(connections != null && connections >= 1, () -> "connections: " + connections);
            ReceivedRequest received = upstream.take();
            assertEquals("GET", received.method());
            assertEquals("/describe?q=1", received.target());
            assertEquals("localhost:" + port, received.authority());
            assertNull(received.header("transfer-encoding"), "a GET without a body stays one");

            byte[] big = new byte[2_500_000];
            for (int i = 0; i < big.length; i++) {
                big[i] = (byte) (i % 241);
            }
            Answer echoed = sender.send(HttpMethod.POST, "/echo", Buffer.buffer(big));
            assertEquals(200, echoed.status());
            assertEquals(Buffer.buffer(big), echoed.body());
            assertEquals(ReceivedRequest.sha256(big), upstream.take().awaitBodySha256());

            Answer bytes = sender.send(HttpMethod.GET, "/bytes", null);
            assertEquals(3_000_000, bytes.body().length());
            assertEquals((byte) (2_999_999 % 251), bytes.body().getByte(2_999_999));

            Answer empty = sender.send(HttpMethod.GET, "/empty", null);
            assertEquals(204, empty.status());
            assertNull(empty.headers().get("content-length"));

            Answer head = sender.send(HttpMethod.HEAD, "/bytes", null);
            assertEquals(200, head.status());
            assertEquals(0, head.body().length());

            Answer trailed = sender.send(HttpMethod.GET, "/trailers", null);
            assertEquals("body", trailed.body().toString());
            assertEquals("abc", trailed.trailers().get("x-checksum"));
            if (client.tls && client != Client.HTTP_3) {
                assertEquals("h3=\":" + port + "\"; ma=86400", trailed.headers().get("alt-svc"));
            } else {
                assertNull(trailed.headers().get("alt-svc"));
            }
            assertTrue(trailed.headers().get("via").contains("sluice"));
            Eventually.get(agent.close());
        }
    }

    private static UpstreamServer upstream(Protocol protocol, TestCertificates.Leaf leaf) {
        return switch (protocol) {
            case HTTP -> UpstreamServer.http1(Scripts.text("?"));
            case H2C -> UpstreamServer.h2c(Scripts.text("?"));
            case HTTPS -> UpstreamServer.https1(leaf, Scripts.text("?"));
            case H2 -> UpstreamServer.h2(leaf, Scripts.text("?"));
            case H3 -> UpstreamServer.http3(leaf, Scripts.text("?"));
        };
    }

    private static HttpClientAgent agent(TestGateway gateway, Client client) {
        HttpClientConfig config = new HttpClientConfig()
                .setVersions(client.version)
                .setHttp2Config(new Http2ClientConfig().setClearTextUpgrade(false));
        if (!client.tls) {
            return gateway.vertx().createHttpClient(config);
        }
        return gateway.vertx()
                .createHttpClient(
                        config.setSsl(true),
                        new ClientSSLOptions()
                                .setTrustAll(true)
                                .setHostnameVerificationAlgorithm("")
                                .setUseAlpn(true));
    }

    /** On one event loop from end to end: a client whose callbacks run on another loop than its connection loses chunks. */
    private record Sender(Context loop, HttpClientAgent agent, int port) {
        Answer send(HttpMethod method, String uri, @Nullable Buffer body) {
            RequestOptions options = new RequestOptions()
                    .setHost("localhost")
                    .setPort(port)
                    .setMethod(method)
                    .setURI(uri)
                    .putHeader("te", "trailers");
            Promise<Answer> answer = Promise.promise();
            loop.runOnContext(v -> agent.request(options)
                    .compose(request -> body == null ? request.send() : request.send(body))
                    .compose(response -> response.body()
                            .map(content -> new Answer(
                                    response.statusCode(), response.headers(), content, response.trailers())))
                    .onComplete(answer));
            return Eventually.get(answer.future());
        }
    }
}
