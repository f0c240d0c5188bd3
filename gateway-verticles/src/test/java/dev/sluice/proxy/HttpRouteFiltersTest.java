package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.FilterSpec;
import dev.sluice.config.FilterSpec.Cors;
import dev.sluice.config.FilterSpec.HeaderChanges;
import dev.sluice.config.FilterSpec.PathModifier;
import dev.sluice.config.FilterSpec.RequestHeaderModifier;
import dev.sluice.config.FilterSpec.RequestRedirect;
import dev.sluice.config.FilterSpec.ResponseHeaderModifier;
import dev.sluice.config.FilterSpec.UrlRewrite;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Gateway API's conformance tests of filters ({@code HTTPRoute...}), over sockets. */
final class HttpRouteFiltersTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("v1"));

    @AfterEach
    void closeUpstream() {
        upstream.close();
    }

    @Test
    void httpRouteRequestHeaderModifier() throws IOException {
        TestGateway gateway = start(new RequestHeaderModifier(new HeaderChanges(
                List.of(Map.entry("x-header-set", "set-overwrites-values")),
                List.of(Map.entry("x-header-add", "add-appends-values")),
                List.of("x-header-remove"))));
        ReceivedRequest plain = exchange(gateway, "/");
        assertEquals("set-overwrites-values", plain.header("x-header-set"));
        assertEquals("add-appends-values", plain.header("x-header-add"));

        ReceivedRequest given = exchange(
                gateway,
                "/",
                "X-Header-Set: some-other-value",
                "X-Header-Add: some-other-value",
                "X-Header-Remove: val",
                "Another-Header: another-header-val");
        assertEquals("set-overwrites-values", given.header("x-header-set"));
        assertEquals("some-other-value, add-appends-values", given.header("x-header-add"));
        assertNull(given.header("x-header-remove"));
        assertEquals("another-header-val", given.header("another-header"));
    }

    @Test
    void httpRouteBackendRequestHeaderModifier() throws IOException {
        FilterSpec filter = new RequestHeaderModifier(
                new HeaderChanges(List.of(Map.entry("x-header-set", "of-the-backend")), List.of(), List.of("x-gone")));
        FilterSpec ruleFilter = new RequestHeaderModifier(
                new HeaderChanges(List.of(Map.entry("x-header-set", "of-the-rule")), List.of(), List.of()));
        FilterSpec response = new ResponseHeaderModifier(
                new HeaderChanges(List.of(Map.entry("x-answer", "backend")), List.of(), List.of()));
        TestGateway gateway = gateways.start(TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, upstream.port())
                .route(TestConfig.rule("/").filter(ruleFilter).to("app", 1, filter, response))
                .build());
        ReceivedRequest received = exchange(gateway, "/", "x-gone: 1");
        assertEquals("of-the-backend", received.header("x-header-set"));
        assertNull(received.header("x-gone"));
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertEquals("backend", client.get("/").header("x-answer"));
        }
    }

    @Test
    void httpRouteResponseHeaderModifier() throws IOException {
        upstream.otherwise(Scripts.respond(
                200, Map.of("x-header-set", "other", "x-header-add", "other", "x-header-remove", "val", "x", "y"), ""));
        TestGateway gateway = start(new ResponseHeaderModifier(new HeaderChanges(
                List.of(Map.entry("x-header-set", "set-overwrites-values")),
                List.of(Map.entry("x-header-add", "add-appends-values")),
                List.of("x-header-remove"))));
        try (RawHttp1 client = RawHttp1.connect(gateway.port());
                RawH2Client h2 = RawH2Client.connect(gateway.port())) {
            RawResponse response = client.get("/");
            assertEquals("set-overwrites-values", response.header("x-header-set"));
            assertEquals("other, add-appends-values", response.header("x-header-add"));
            assertNull(response.header("x-header-remove"));
            assertEquals("y", response.header("x"));
            H2Response second = h2.get("/");
            assertEquals("set-overwrites-values", second.header("x-header-set"));
            assertEquals("other, add-appends-values", second.header("x-header-add"));
            assertNull(second.header("x-header-remove"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        // scheme, hostname, port, status, Location with {port} for the listener's
        ",example.org,0,302,http://example.org:{port}/a?q=1", // HTTPRouteRedirectHostAndStatus
        ",example.org,0,301,http://example.org:{port}/a?q=1",
        ",,8083,302,http://gateway.test:8083/a?q=1", // HTTPRouteRedirectPort
        "https,,0,302,https://gateway.test/a?q=1", // HTTPRouteRedirectScheme
        "http,,0,302,http://gateway.test/a?q=1", // HTTPRouteRedirectPortAndScheme
        "http,,8080,302,http://gateway.test:8080/a?q=1",
        "https,example.org,443,308,https://example.org/a?q=1",
        "https,,8443,307,https://gateway.test:8443/a?q=1",
    })
    void httpRouteRedirect(String scheme, String hostname, int port, int status, String location) throws IOException {
        TestGateway gateway = start(new RequestRedirect(scheme, hostname, null, port, status));
        assertRedirect(gateway, status, location.replace("{port}", Integer.toString(gateway.port())));
    }

    @ParameterizedTest
    @CsvSource({
        "REPLACE_PREFIX_MATCH,/replacement,/original-prefix,/replacement",
        "REPLACE_PREFIX_MATCH,/replacement,/original-prefix/lemon,/replacement/lemon",
        "REPLACE_PREFIX_MATCH,/replacement/,/original-prefix/lemon,/replacement/lemon",
        "REPLACE_PREFIX_MATCH,/,/original-prefix/lemon,/lemon",
        "REPLACE_PREFIX_MATCH,/,/original-prefix,/",
        "REPLACE_FULL_PATH,/full,/original-prefix/lemon,/full",
        "REPLACE_FULL_PATH,/full,/original-prefix/lemon?a=b%20c,/full?a=b%20c",
    })
    void httpRouteRedirectPath(PathModifier.Type type, String value, String target, String location)
            throws IOException {
        TestGateway gateway = gateways.start(TestConfig.create()
                .http("http")
                .route(TestConfig.rule("/original-prefix")
                        .filter(new RequestRedirect(null, null, new PathModifier(type, value), 0, 302)))
                .build());
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            RawResponse response = client.send("GET " + target + " HTTP/1.1\r\nhost: gateway.test\r\n\r\n")
                    .readFinal();
            assertEquals(302, response.status());
            assertEquals("http://gateway.test:" + gateway.port() + location, response.header("location"));
        }
    }

    @Test
    void httpRouteRewriteHost() throws IOException {
        TestGateway gateway = start(new UrlRewrite("one.example.org", null));
        ReceivedRequest received = exchange(gateway, "/one?q=1");
        assertEquals(List.of("one.example.org"), values(received, "host"));
        assertEquals("/one?q=1", received.target());
        assertEquals("gateway.test", received.header("x-forwarded-host"));
    }

    @ParameterizedTest
    @CsvSource({
        "REPLACE_PREFIX_MATCH,/one,/prefix/one,/one/one",
        "REPLACE_PREFIX_MATCH,/one,/prefix,/one",
        "REPLACE_PREFIX_MATCH,/one/,/prefix/two?x=%2f,/one/two?x=%2f",
        "REPLACE_PREFIX_MATCH,/,/prefix/two,/two",
        "REPLACE_PREFIX_MATCH,/,/prefix?,/?",
        "REPLACE_FULL_PATH,/one,/prefix/two,/one",
        "REPLACE_FULL_PATH,/one,/prefix/two?a=b,/one?a=b",
    })
    void httpRouteRewritePath(PathModifier.Type type, String value, String target, String rewritten)
            throws IOException {
        TestGateway gateway = gateways.start(TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, upstream.port())
                .route(TestConfig.rule("/prefix")
                        .filter(new UrlRewrite(null, new PathModifier(type, value)))
                        .to("app"))
                .build());
        ReceivedRequest received = exchange(gateway, target);
        assertEquals(rewritten, received.target());
        assertEquals(List.of("gateway.test"), values(received, "host"));
    }

    @Test
    void httpRouteCorsPreflightIsAnsweredHere() throws IOException {
        TestGateway gateway = start(cors());
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            RawResponse allowed = client.sendHead(
                            "OPTIONS / HTTP/1.1",
                            "host: gateway.test",
                            "origin: https://www.foo.com",
                            "access-control-request-method: GET",
                            "access-control-request-headers: x-header-1")
                    .readFinal();
            assertEquals(204, allowed.status());
            assertEquals("https://www.foo.com", allowed.header("access-control-allow-origin"));
            assertEquals("GET, OPTIONS", allowed.header("access-control-allow-methods"));
            assertEquals("x-header-1, x-header-2", allowed.header("access-control-allow-headers"));
            assertEquals("3600", allowed.header("access-control-max-age"));
            assertEquals("true", allowed.header("access-control-allow-credentials"));
            assertNull(allowed.header("content-length"), "RFC 9110 section 8.6: none on 204");

            RawResponse refused = client.sendHead(
                            "OPTIONS / HTTP/1.1",
                            "host: gateway.test",
                            "origin: https://foo.com.evil",
                            "access-control-request-method: GET")
                    .readFinal();
            assertEquals(204, refused.status());
            assertNull(refused.header("access-control-allow-origin"));
            assertEquals(0, upstream.received().size(), "requests at the backend");
        }
    }

    @Test
    void httpRouteCorsSimpleRequestGoesToTheBackend() throws IOException {
        upstream.otherwise(Scripts.respond(200, Map.of("access-control-allow-origin", "https://upstream.says"), "v1"));
        TestGateway gateway = start(cors());
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            RawResponse allowed = client.send("GET / HTTP/1.1\r\nhost: a\r\norigin: https://a.bar.com\r\n\r\n")
                    .readFinal();
            assertEquals("v1", allowed.text());
            assertEquals("https://a.bar.com", allowed.header("access-control-allow-origin"));
            assertEquals("x-header-3", allowed.header("access-control-expose-headers"));
            RawResponse refused = client.send("GET / HTTP/1.1\r\nhost: a\r\norigin: https://evil.com\r\n\r\n")
                    .readFinal();
            assertEquals("v1", refused.text());
            assertNull(refused.header("access-control-allow-origin"));
        }
    }

    private static Cors cors() {
        return new Cors(
                List.of("https://www.foo.com", "https://*.bar.com"),
                List.of("GET", "OPTIONS"),
                List.of("x-header-1", "x-header-2"),
                List.of("x-header-3"),
                true,
                3600);
    }

    private void assertRedirect(TestGateway gateway, int status, String location) throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port());
                RawH2Client h2 = RawH2Client.connect(gateway.port())) {
            RawResponse response = client.send("GET /a?q=1 HTTP/1.1\r\nhost: gateway.test\r\n\r\n")
                    .readFinal();
            assertEquals(status, response.status());
            assertEquals(location, response.header("location"));
            assertEquals("", response.text());
            H2Response second = h2.open(RawH2Client.head("GET", "/a?q=1").authority("gateway.test"), true)
                    .response();
            assertEquals(status, second.status());
            assertEquals(location, second.header("location"));
        }
        assertEquals(0, upstream.received().size(), "requests at the backend");
    }

    private TestGateway start(FilterSpec filter) {
        return gateways.start(TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, upstream.port())
                .route(TestConfig.rule("/").filter(filter).to("app"))
                .build());
    }

    private ReceivedRequest exchange(TestGateway gateway, String target, String... headers) throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            List<String> lines = new ArrayList<>(List.of("GET " + target + " HTTP/1.1", "host: gateway.test"));
            lines.addAll(List.of(headers));
            assertEquals(
                    200,
                    client.sendHead(lines.toArray(String[]::new)).readFinal().status());
            return upstream.take();
        }
    }

    private static List<String> values(ReceivedRequest received, String name) {
        return received.headers().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .map(Map.Entry::getValue)
                .toList();
    }
}
