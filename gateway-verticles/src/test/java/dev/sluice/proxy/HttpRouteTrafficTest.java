package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Gateway API's conformance tests of weights, timeouts and TLS listeners, over sockets. */
final class HttpRouteTrafficTest {

    /** HTTP/2's CANCEL. */
    private static final long CANCEL = 8;

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory;

    @Test
    void httpRouteWeight() throws IOException {
        int requests = 500;
        try (UpstreamServer v1 = UpstreamServer.http1(Scripts.text("v1"));
                UpstreamServer v2 = UpstreamServer.http1(Scripts.text("v2"));
                UpstreamServer v3 = UpstreamServer.http1(Scripts.text("v3"))) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .backend("v1", Protocol.HTTP, v1.port())
                    .backend("v2", Protocol.HTTP, v2.port())
                    .backend("v3", Protocol.HTTP, v3.port())
                    .route(TestConfig.rule("/").to("v1", 70).to("v2", 30).to("v3", 0))
                    .build());
            Map<String, Integer> seen = new HashMap<>();
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                for (int i = 0; i < requests; i++) {
                    seen.merge(client.get("/").text(), 1, Integer::sum);
                }
            }
            assertEquals(0, seen.getOrDefault("v3", 0), "requests at the backend of weight 0");
            // Five standard deviations of the binomial distribution: wrong once in 1.7 million runs.
            double bound = 5 * Math.sqrt(requests * 0.7 * 0.3);
            int first = seen.getOrDefault("v1", 0);
            assertEquals(requests, first + seen.getOrDefault("v2", 0));
            assertTrue(Math.abs(first - requests * 0.7) <= bound, first + " (expected: 350 ± " + bound + ")");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"HTTP", "H2C"})
    void httpRouteTimeoutRequest(Protocol protocol) throws IOException {
        assertTimesOut(
                protocol, TestConfig.rule("/").to("app").requestTimeout(Duration.ofMillis(300)), "timeouts.request");
    }

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"HTTP", "H2C"})
    void httpRouteTimeoutBackendRequest(Protocol protocol) throws IOException {
        assertTimesOut(
                protocol,
                TestConfig.rule("/").to("app").backendRequestTimeout(Duration.ofMillis(300)),
                "timeouts.backendRequest");
    }

    private void assertTimesOut(Protocol protocol, TestConfig.Rule rule, String which) throws IOException {
        try (UpstreamServer upstream = protocol == Protocol.HTTP
                ? UpstreamServer.http1(Scripts.stall())
                : UpstreamServer.h2c(Scripts.stall())) {
            upstream.on("/fast", Scripts.text("in time"));
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .backend("app", protocol, upstream.port())
                    .route(rule)
                    .build());
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                long start = System.nanoTime();
                RawResponse response = client.get("/slow");
                long millis = (System.nanoTime() - start) / 1_000_000;
                assertEquals(504, response.status(), which);
                assertTrue(
                        millis >= 290 && millis < 5_000, millis + " ms for " + which + " (expected: 300 ms and some)");
                assertTrue(
                        String.valueOf(response.header("proxy-status")).contains("error=http_response_timeout"),
                        response.header("proxy-status"));
                ReceivedRequest received = upstream.take();
                if (protocol == Protocol.H2C) {
                    assertEquals(CANCEL, received.awaitReset());
                } else {
                    assertTrue(received.awaitBroken() != null, "the connection is closed");
                }
                assertEquals("in time", client.get("/fast").text(), "the next request on the same connection");
            }
        }
    }

    @Test
    void httpRouteTimeoutRequestCoversTheBody() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(exchange -> {
            exchange.response().setChunked(true);
            var unused = exchange.response().write("begun");
        })) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route(TestConfig.rule("/").to("app").requestTimeout(Duration.ofMillis(400)))
                    .build());
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                RawResponse response = client.get("/");
                assertEquals(200, response.status());
                assertTrue(!response.complete(), "the response must not look whole");
                H2Response second = h2.get("/");
                assertEquals(200, second.status());
                assertEquals(2, second.resetCode(), "INTERNAL_ERROR");
            }
        }
    }

    @Test
    void httpRouteHttpsListener() throws Exception {
        TestCertificates certificates = TestCertificates.in(directory);
        TestCertificates.Leaf example = certificates.leaf("example.org", "example.org");
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("v1"))) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .https("https", "example")
                    .certificate("example", example)
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route("/", "app")
                    .build());
            SSLContext context = certificates.clientContext();
            try (RawHttp1 client = RawHttp1.connectTls(gateway.port(), context, "example.org");
                    RawH2Client h2 = RawH2Client.connectTls(gateway.port(), context, "example.org")) {
                RawResponse response = client.send("GET / HTTP/1.1\r\nhost: example.org\r\n\r\n")
                        .readFinal();
                assertEquals(200, response.status());
                assertEquals("v1", response.text());
                assertEquals("https", upstream.take().header("x-forwarded-proto"));
                H2Response second = h2.open(
                                RawH2Client.head("GET", "/").scheme("https").authority("example.org"), true)
                        .response();
                assertEquals("v1", second.text());
                ReceivedRequest received = upstream.take();
                assertEquals("https", received.header("x-forwarded-proto"));
                assertEquals("example.org", received.authority());
            }
        }
    }
}
