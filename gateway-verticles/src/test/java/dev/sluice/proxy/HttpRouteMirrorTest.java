package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.FilterSpec.RequestMirror;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** HTTPRouteRequestMirror and HTTPRouteRequestMultipleMirrors: the copies are whole and change nothing. */
final class HttpRouteMirrorTest {

    private static final byte[] MIB = new byte[1024 * 1024];

    static {
        for (int i = 0; i < MIB.length; i++) {
            MIB[i] = (byte) (i % 251);
        }
    }

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("v1"));

    @AfterEach
    void closeUpstream() {
        upstream.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"HTTP", "H2C"})
    void httpRouteRequestMirror(Protocol protocol) throws IOException {
        try (UpstreamServer mirror = protocol == Protocol.HTTP
                ? UpstreamServer.http1(Scripts.respond(500, Map.of(), "mirror"))
                : UpstreamServer.h2c(Scripts.respond(500, Map.of(), "mirror"))) {
            TestGateway gateway = start(protocol, mirror.port());
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                assertEquals("v1", client.get("/get?q=1").text());
                ReceivedRequest copy = mirror.take();
                assertEquals("GET", copy.method());
                assertEquals("/get?q=1", copy.target());
                assertEquals("localhost", copy.authority());
                assertEquals(ReceivedRequest.sha256(new byte[0]), copy.awaitBodySha256());

                client.sendHead("POST /post HTTP/1.1", "host: localhost", "content-length: " + MIB.length)
                        .send(MIB);
                assertEquals("v1", client.readFinal().text());
                assertEquals(ReceivedRequest.sha256(MIB), mirror.take().awaitBodySha256());

                assertEquals("v1", h2.send(RawH2Client.head("POST", "/h2"), MIB).text());
                assertEquals(ReceivedRequest.sha256(MIB), mirror.take().awaitBodySha256());
            }
        }
    }

    @Test
    void httpRouteRequestMultipleMirrors() throws IOException {
        try (UpstreamServer first = UpstreamServer.http1(Scripts.text("one"));
                UpstreamServer second = UpstreamServer.http1(Scripts.text("two"))) {
            TestGateway gateway = start(Protocol.HTTP, first.port(), second.port());
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead("POST / HTTP/1.1", "host: localhost", "content-length: 3")
                        .send("abc");
                assertEquals("v1", client.readFinal().text());
            }
            String digest = upstream.take().awaitBodySha256();
            assertEquals(digest, first.take().awaitBodySha256());
            assertEquals(digest, second.take().awaitBodySha256());
        }
    }

    @Test
    void mirrorThatIsAbsentChangesNothing() throws IOException {
        int unused;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            unused = socket.getLocalPort();
        }
        assertPostIsServed(start(Protocol.HTTP, unused));
    }

    @Test
    void mirrorThatClosesChangesNothing() throws IOException {
        try (UpstreamServer mirror = UpstreamServer.http1(Scripts.closeMidRequest(1))) {
            assertPostIsServed(start(Protocol.HTTP, mirror.port()));
        }
    }

    @Test
    void mirrorThatReadsNothingIsGivenUp() throws IOException {
        try (UpstreamServer mirror = UpstreamServer.h2c(Scripts.stallReading())) {
            TestGateway gateway = start(Protocol.H2C, mirror.port());
            byte[] big = new byte[8 * 1024 * 1024];
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                assertEquals("v1", client.get("/").text());
                assertEquals("GET", mirror.take().method(), "from now on there is a connection to the mirror");
                assertEquals("GET", upstream.take().method());
                client.sendHead("POST / HTTP/1.1", "host: localhost", "content-length: " + big.length)
                        .send(big);
                assertEquals("v1", client.readFinal().text());
                assertEquals(ReceivedRequest.sha256(big), upstream.take().awaitBodySha256());
                assertTrue(mirror.take().awaitReset() >= 0, "the copy is reset");
            }
        }
    }

    private void assertPostIsServed(TestGateway gateway) throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.sendHead("POST / HTTP/1.1", "host: localhost", "content-length: " + MIB.length)
                    .send(MIB);
            assertEquals("v1", client.readFinal().text());
            assertEquals(ReceivedRequest.sha256(MIB), upstream.take().awaitBodySha256());
        }
    }

    private TestGateway start(Protocol protocol, int... mirrors) {
        TestConfig config = TestConfig.create().http("http").backend("app", Protocol.HTTP, upstream.port());
        TestConfig.Rule rule = TestConfig.rule("/").to("app");
        for (int port : mirrors) {
            String name = "mirror" + port;
            config.backend(name, protocol, port);
            rule.filter(new RequestMirror(TestConfig.key(name), 1, 1));
        }
        return gateways.start(config.route(rule).build());
    }
}
