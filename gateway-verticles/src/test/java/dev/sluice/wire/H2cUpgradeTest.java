package dev.sluice.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An {@code Upgrade: h2c} of any shape is answered over HTTP/1.1, at once, and the connection goes on. */
final class H2cUpgradeTest {

    private static final String SETTINGS = "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA";

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("hello"));

    @AfterEach
    void close() {
        upstream.close();
    }

    static Stream<Arguments> upgrades() {
        return Stream.of(
                Arguments.of(
                        "complete",
                        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: " + SETTINGS + "\r\n"),
                Arguments.of(
                        "without Upgrade",
                        "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: " + SETTINGS + "\r\n"),
                Arguments.of("without HTTP2-Settings", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"),
                Arguments.of(
                        "two Connection lines",
                        "Connection: Upgrade\r\nConnection: HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: "
                                + SETTINGS + "\r\n"),
                Arguments.of(
                        "settings that are none",
                        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" + "HTTP2-Settings: !!!\r\n"),
                Arguments.of("a list", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: websocket, H2C\r\n"),
                Arguments.of("two Upgrade lines", "Connection: Upgrade\r\nUpgrade: foo\r\nUpgrade: h2c\r\n"),
                Arguments.of("an unknown protocol", "Connection: Upgrade\r\nUpgrade: foo/2\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("upgrades")
    void answersOverHttp11AndGoesOn(String name, String headers) throws IOException {
        TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            for (int request = 0; request < 3; request++) {
                client.send("GET /" + request + " HTTP/1.1\r\nHost: a.example\r\n" + headers + "\r\n");
                RawResponse response = client.readResponse();
                assertEquals(200, response.status());
                assertEquals("hello", response.text());
                assertTrue(response.complete());
                ReceivedRequest received = upstream.take();
                assertEquals("/" + request, received.target());
                assertNull(received.header("upgrade"));
                assertNull(received.header("http2-settings"));
                assertNull(received.header("connection"));
            }
            assertTrue(client.isOpen());
        }
    }

    @Test
    void keepsTheBodyOfAnUpgradeRequest() throws IOException {
        upstream.otherwise(Scripts.echo());
        TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.send("POST / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                    + "HTTP2-Settings: " + SETTINGS + "\r\nContent-Length: 4\r\n\r\nbody");
            assertEquals("body", client.readResponse().text());
        }
    }

    @Test
    void takesTheRequestByteByByte() throws IOException {
        TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
        // PRI: as much of the HTTP/2 preface as another method can share
        for (String method : new String[] {"GET", "POST", "PUT", "PRIX"}) {
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                String request =
                        method + " /x HTTP/1.1\r\nHost: a.example\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n";
                for (int i = 0; i < request.length(); i++) {
                    client.send(request.substring(i, i + 1));
                }
                assertEquals("hello", client.readResponse().text());
                assertEquals(method, upstream.take().method());
            }
        }
    }

    @Test
    void servesPriorKnowledgeOnTheSamePort() throws IOException {
        TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
        try (RawH2Client client = RawH2Client.connect(gateway.port())) {
            assertEquals("hello", client.get("/").text());
        }
    }

    @Test
    void servesTheJdkClientWhichAsksForH2cByDefault() throws Exception {
        TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
        HttpClient client = HttpClient.newHttpClient();
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + "/"))
                            .timeout(Duration.ofSeconds(10))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertEquals("hello", response.body());
            assertEquals(HttpClient.Version.HTTP_1_1, response.version());
        }
    }
}
