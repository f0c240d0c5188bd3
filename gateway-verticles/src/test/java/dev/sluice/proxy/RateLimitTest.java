package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.FilterSpec.RateLimit;
import dev.sluice.config.RateLimitTerms;
import dev.sluice.config.RateLimitTerms.KeySource;
import dev.sluice.config.RateLimitTerms.LimitKey;
import dev.sluice.config.RateLimitTerms.Mode;
import dev.sluice.config.RateLimitTerms.OnClusterLoss;
import dev.sluice.config.RateLimitTerms.Quota;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RateLimitTest {

    private static final LimitKey CLIENT = new LimitKey(KeySource.CLIENT_IP, "", false);
    private static final LimitKey TENANT = new LimitKey(KeySource.HEADER, "x-tenant", false);
    private static final LimitKey ROUTE = new LimitKey(KeySource.ROUTE, "", false);

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static UpstreamServer upstream;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        upstream = UpstreamServer.http1(Scripts.respond(200, Map.of("ratelimit", "\"own\";r=9"), "hello"));
        gateway = TestGateway.start(TestConfig.create()
                .http("web")
                .backend("app", Protocol.HTTP, upstream.port())
                .route(TestConfig.rule("/three")
                        .filter(limit("three", true, rule(CLIENT, 3)))
                        .to("app"))
                .route(TestConfig.rule("/quiet")
                        .filter(limit("quiet", false, rule(CLIENT, 1)))
                        .to("app"))
                .route(TestConfig.rule("/both")
                        .filter(limit("both", true, rule(TENANT, 2), rule(ROUTE, 3)))
                        .to("app"))
                .route(TestConfig.rule("/h2")
                        .filter(limit("h2", true, rule(CLIENT, 1)))
                        .to("app"))
                .route(TestConfig.rule("/upload")
                        .filter(limit("upload", true, rule(CLIENT, 1)))
                        .to("app"))
                .build());
    }

    @AfterAll
    static void close() {
        gateway.close();
        upstream.close();
    }

    /** So many an hour, so that none comes back while a test runs. */
    private static RateLimitTerms.Rule rule(LimitKey key, long requests) {
        return new RateLimitTerms.Rule(key, new Quota(requests, Duration.ofHours(1), requests));
    }

    private static RateLimit limit(String name, boolean headers, RateLimitTerms.Rule... rules) {
        return new RateLimit(
                TestConfig.key(name),
                new RateLimitTerms(List.of(rules), Mode.LOCAL, OnClusterLoss.LOCAL_SHARE, headers));
    }

    @Test
    void whatIsBeyondTheLimitIsTurnedAway() throws IOException {
        try (RawHttp1 one = RawHttp1.connect(gateway.port());
                RawHttp1 other = RawHttp1.connect(gateway.port())) {
            List<RawHttp1> clients = List.of(one, other, one);
            for (int i = 0; i < 3; i++) {
                RawResponse passed = clients.get(i).get("/three");
                assertEquals(200, passed.status());
                assertEquals("hello", passed.text());
                assertEquals("\"three\";q=3;w=3600", passed.header("ratelimit-policy"));
                assertNull(passed.header("retry-after"));
            }
            int served = upstream.received().size();
            RawResponse refused = one.sendHead("GET /three HTTP/1.1", "host: a", "accept: application/json")
                    .readResponse();
            assertEquals(429, refused.status());
            assertEquals("1200", refused.header("retry-after"));
            assertEquals("\"three\";q=3;w=3600", refused.header("ratelimit-policy"));
            assertEquals("\"three\";r=0;t=3600", refused.header("ratelimit"));
            assertEquals(
                    "sluice; error=http_request_denied; details=\"Too many requests\"", refused.header("proxy-status"));
            assertEquals(
                    "{\"status\":429,\"error\":\"http_request_denied\",\"message\":\"Too many requests\"}",
                    refused.text());
            assertNull(refused.header("connection"));
            assertEquals(429, other.get("/three").status());
            assertEquals(served, upstream.received().size());
        }
        Eventually.holds("two are counted", () -> Double.valueOf(2)
                .equals(gateway.metric("gateway_rate_limited_total{policy=\"default/three\"}")));
    }

    @Test
    void withoutHeadersARefusalSaysOnlyWhenToComeBack() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            RawResponse passed = client.get("/quiet");
            assertEquals(200, passed.status());
            assertEquals("\"own\";r=9", passed.header("ratelimit"));
            assertNull(passed.header("ratelimit-policy"));
            RawResponse refused = client.get("/quiet");
            assertEquals(429, refused.status());
            assertEquals("3600", refused.header("retry-after"));
            assertNull(refused.header("ratelimit"));
        }
    }

    /** What the first rule gave goes back when the second refuses. */
    @Test
    void everyRuleMustLetARequestPass() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            List<Integer> statuses = Stream.of("a", "a", "a", "b", "b", "")
                    .map(tenant -> get(client, tenant))
                    .toList();
            assertEquals(List.of(200, 200, 429, 200, 429, 429), statuses);
        }
    }

    private static int get(RawHttp1 client, String tenant) {
        try {
            RawResponse response = tenant.isEmpty()
                    ? client.get("/both")
                    : client.sendHead("GET /both HTTP/1.1", "host: a", "x-tenant: " + tenant)
                            .readResponse();
            assertEquals("\"both-1\";q=2;w=3600, \"both-2\";q=3;w=3600", response.header("ratelimit-policy"));
            String left = String.valueOf(response.header("ratelimit"));
            assertTrue(left.contains("\"both-1\";r="), left);
            return response.status();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void http2() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port())) {
            H2Response passed = client.get("/h2");
            assertEquals(200, passed.status());
            H2Response refused = client.get("/h2");
            assertEquals(429, refused.status());
            assertEquals("3600", refused.header("retry-after"));
            assertEquals("\"h2\";r=0;t=3600", refused.header("ratelimit"));
            assertEquals("429 http_request_denied: Too many requests\n", refused.text());
            assertTrue(client.isOpen());
        }
    }

    /** The connection stays usable: its client would else have to open one for each refusal. */
    @Test
    void aRefusedUploadIsReadAndThrownAway() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertEquals(200, client.get("/upload").status());
            var unused = client.sendHead("POST /upload HTTP/1.1", "host: a", "content-length: 5");
            assertEquals(429, client.readResponse().status());
            var unusedToo = client.send("12345");
            assertEquals(404, client.get("/nowhere").status());
        }
    }
}
