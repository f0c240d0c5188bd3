package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Defaults;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Retries;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamChange;
import dev.sluice.testkit.UpstreamServer;
import io.netty.handler.codec.http2.Http2Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Which upstream connection serves which request, seen from both ends. */
final class ConnectionPoolTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory;

    /** Pools belong to a loop: with one loop there is one pool. */
    private TestGateway oneLoop(Protocol protocol, int port) {
        return gateways.start(TestGateway.bootstrap(1), TestConfig.forwarding(protocol, port), Extensions.NONE);
    }

    @Test
    void connectionsAreReused() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"))) {
            TestGateway gateway = oneLoop(Protocol.HTTP, upstream.port());
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                for (int i = 0; i < 20; i++) {
                    assertEquals("good", client.get("/").text());
                }
            }
            assertEquals(1, upstream.connections());
        }
    }

    @Test
    void connectionsThatAreAboutToCloseAreNotReused() throws IOException {
        for (String last : List.of(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\ngood",
                "HTTP/1.0 200 OK\r\ncontent-length: 4\r\n\r\ngood")) {
            try (RawUpstream upstream = RawUpstream.answering(last)) {
                TestGateway gateway = oneLoop(Protocol.HTTP, upstream.port());
                try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                    for (int i = 1; i <= 3; i++) {
                        assertEquals("good", client.get("/").text());
                        assertEquals(i, upstream.take().connection());
                    }
                }
            }
        }
    }

    @Test
    void connectionsThatTheUpstreamClosedWhileIdleAreReplaced() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"))) {
            TestGateway gateway = oneLoop(Protocol.HTTP, upstream.port());
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                assertEquals("good", client.get("/").text());
                upstream.closeConnections();
                Eventually.holds("the gateway sees it", () -> Double.valueOf(0)
                        .equals(gateway.metric("gateway_upstream_connections_active")));
                assertEquals("good", client.get("/").text());
            }
            assertEquals(2, upstream.connections());
        }
    }

    @Test
    void connectionsAreBoundedAndTheRestWaitsItsTurn() throws IOException {
        int beyond = 44;
        Gate gate = new Gate();
        try (UpstreamServer upstream =
                UpstreamServer.http1(exchange -> exchange.onEnd(() -> gate.pass(() -> exchange.execute(() -> {
                    var unused = exchange.response().end("good");
                }))))) {
            TestGateway gateway = oneLoop(Protocol.HTTP, upstream.port());
            List<RawH2Client> clients = new ArrayList<>();
            List<RawH2Stream> streams = new ArrayList<>();
            for (int i = 0; i < Defaults.MAX_H1_CONNECTIONS + beyond; i++) {
                if (i % Defaults.MAX_CONCURRENT_STREAMS == 0) {
                    clients.add(RawH2Client.connect(gateway.port()));
                }
                streams.add(clients.get(clients.size() - 1).open(RawH2Client.head("GET", "/"), true));
            }
            Eventually.holds(
                    "all connections are in use", () -> upstream.received().size() == Defaults.MAX_H1_CONNECTIONS);
            Eventually.holds("the rest waits", () -> Double.valueOf(beyond)
                    .equals(gateway.metric("gateway_upstream_requests_pending")));
            assertEquals(Defaults.MAX_H1_CONNECTIONS, upstream.connections(), "while all are busy");
            gate.open();
            for (RawH2Stream stream : streams) {
                assertEquals("good", stream.response().text());
            }
            assertEquals(Defaults.MAX_H1_CONNECTIONS, upstream.connections());
            for (RawH2Client client : clients) {
                client.close();
            }
        }
    }

    @Test
    void waitingEndsWith503() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream(new Http2Settings().maxConcurrentStreams(1))) {
            TestGateway gateway = oneLoop(Protocol.H2C, upstream.port());
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                List<RawH2Stream> requests = new ArrayList<>();
                List<RawH2Stream> received = new ArrayList<>();
                for (int i = 0; i < Defaults.MAX_MUX_CONNECTIONS; i++) {
                    requests.add(client.open(RawH2Client.head("GET", "/"), true));
                    received.add(upstream.take()); // one at a time: each needs a connection of its own
                }
                assertEquals(Defaults.MAX_MUX_CONNECTIONS, upstream.connections());
                var late = client.get("/");
                assertEquals(503, late.status());
                assertEquals(true, late.text().contains("connection_limit_reached"), late.text());
                for (RawH2Stream stream : received) {
                    stream.respond(204, true);
                }
                for (RawH2Stream request : requests) {
                    assertEquals(204, request.response().status());
                }
            }
        }
    }

    @Test
    void http3ConnectionsAreRetiredBeforeTheirResetsRunOut() throws Exception {
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("localhost", "localhost", "127.0.0.1");
        try (UpstreamServer upstream = UpstreamServer.http3(leaf, Scripts.stall())) {
            upstream.on("/good", Scripts.text("good"));
            TestGateway gateway = oneLoop(Protocol.H3, upstream.port());
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                for (int i = 0; i < 400; i++) {
                    RawH2Stream stream = client.open(RawH2Client.head("GET", "/stall"), true);
                    var unused = upstream.take();
                    stream.reset(8);
                    if (i % 50 == 49) {
                        assertEquals("good", client.get("/good").text());
                        var unusedGood = upstream.take();
                    }
                }
                assertEquals(9, upstream.connections(), "fifty resets on each, the last one's for the last request");
            }
        }
    }

    /** A way that swallows everything, such as a NAT that has forgotten the flow, lets no connection close. */
    @Test
    void silentConnectionsAreGivenUp() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = gateways.start(
                    TestGateway.bootstrap(1),
                    TestConfig.create()
                            .http("http")
                            .backend("app", Protocol.H2C, upstream.port())
                            .route(TestConfig.rule("/try")
                                    .retry(Retries.perTry(Duration.ofMillis(100), 1))
                                    .to("app"))
                            .route(TestConfig.rule("/request")
                                    .retry(Retries.ONCE)
                                    .requestTimeout(Duration.ofMillis(100))
                                    .to("app"))
                            .route(TestConfig.rule("/").retry(Retries.ONCE).to("app"))
                            .build(),
                    Extensions.NONE);
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                for (String path : List.of("/try", "/request")) {
                    RawH2Stream good = client.open(RawH2Client.head("GET", "/good"), true);
                    var unusedAnswer = upstream.take().respond(204, true);
                    assertEquals(204, good.response().status());
                    int connections = upstream.connections();
                    for (int i = 1; i < Defaults.MAX_UNANSWERED; i++) {
                        assertEquals(504, client.get(path).status());
                        var unused = upstream.take();
                    }
                    RawH2Stream slow = client.open(RawH2Client.head("GET", "/good"), true);
                    var unusedSlow = upstream.take().respond(204, true);
                    assertEquals(204, slow.response().status(), "a sign of life, from which it counts anew");
                    for (int i = 0; i < Defaults.MAX_UNANSWERED; i++) {
                        assertEquals(504, client.get(path).status());
                        var unused = upstream.take();
                        assertEquals(connections, upstream.connections());
                    }
                    RawH2Stream other = client.open(RawH2Client.head("GET", "/good"), true);
                    var unusedOther = upstream.take().respond(204, true);
                    assertEquals(204, other.response().status());
                    assertEquals(connections + 1, upstream.connections());
                }
            }
        }
    }

    /** A stream that was reset stays in use for an HTTP/3 peer: with few of them the connection is soon of no use. */
    @Test
    void http3ConnectionsOfFewStreamsAreRetiredBeforeResetsUseThemUp() throws Exception {
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("localhost", "localhost", "127.0.0.1");
        try (UpstreamServer upstream = UpstreamServer.http3(leaf, Scripts.stall())) {
            upstream.on("/good", Scripts.text("good"));
            TestGateway gateway = gateways.start(
                    TestGateway.bootstrap(1),
                    TestConfig.create()
                            .http("http")
                            .backend("app", Protocol.H3, upstream.port())
                            .upstreamTerms("app", t -> UpstreamChange.multiplexed(1, 4)
                                    .apply(UpstreamChange.pending(10, Duration.ofSeconds(1))
                                            .apply(t)))
                            .route("/", "app")
                            .build(),
                    Extensions.NONE);
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                for (int i = 0; i < 6; i++) {
                    RawH2Stream stream = client.open(RawH2Client.head("GET", "/stall"), true);
                    var unused = upstream.take();
                    stream.reset(8);
                }
                assertEquals("good", client.get("/good").text());
                assertEquals(4, upstream.connections(), "half of four streams on each");
            }
        }
    }
}
