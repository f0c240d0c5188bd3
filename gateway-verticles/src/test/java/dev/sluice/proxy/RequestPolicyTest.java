package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.ClientTerms.PathRules;
import dev.sluice.config.ClientTerms.PathRules.DotSegments;
import dev.sluice.config.ClientTerms.PathRules.EscapedSlashes;
import dev.sluice.config.ClientTerms.Underscores;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Terms;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import java.io.IOException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a listener makes of paths and field names that upstreams read in different ways. */
final class RequestPolicyTest {

    private static final String OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    /** What is matched is what is forwarded: {@code /admin} has no route. */
    @Row(
            value = "E4.20",
            over = {"h1-h1", "h2-h1"})
    @ParameterizedTest
    @CsvSource({
        "/public/a/../b, 200, /public/b",
        "/public/%2e%2e/admin, 404,",
        "/public/.%2E/admin?x=/../y, 404,",
        "/public/./a/, 200, /public/a/",
        "/public/../../admin, 400,",
        "/public//a;p=1/..a, 200, /public//a;p=1/..a",
        "/public/%zz, 400,",
    })
    void dotSegmentsAreResolved(String target, int status, String forwarded) throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(OK)) {
            TestGateway gateway = start(upstream, t -> t);
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                assertEquals(status, client.get(target).status());
                assertEquals(status, h2.get(target).status());
            }
            if (forwarded == null) {
                assertEquals(0, upstream.connections());
            } else {
                assertEquals("GET " + forwarded + " HTTP/1.1", upstream.take().requestLine());
                assertEquals("GET " + forwarded + " HTTP/1.1", upstream.take().requestLine());
            }
        }
    }

    @Row(value = "E4.20", over = "h1-h1")
    @Test
    void pathsAreRefusedOrDecodedByPolicy() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(OK)) {
            TestGateway strict =
                    start(upstream, Terms.path(new PathRules(DotSegments.REJECT, EscapedSlashes.REJECT, false)));
            TestGateway lenient =
                    start(upstream, Terms.path(new PathRules(DotSegments.RESOLVE, EscapedSlashes.DECODE, true)));
            TestGateway raw = start(upstream, Terms.path(new PathRules(DotSegments.KEEP, EscapedSlashes.KEEP, false)));
            try (RawHttp1 first = RawHttp1.connect(strict.port());
                    RawHttp1 second = RawHttp1.connect(strict.port());
                    RawHttp1 third = RawHttp1.connect(lenient.port());
                    RawHttp1 fourth = RawHttp1.connect(raw.port())) {
                assertEquals(400, first.get("/public/a/../b").status());
                assertEquals(400, second.get("/public/a%2Fb").status());
                assertEquals(200, third.get("/public//a%2Fb").status());
                assertEquals("GET /public/a/b HTTP/1.1", upstream.take().requestLine());
                assertEquals(200, fourth.get("/public/a/../b%2Fc").status());
                assertEquals("GET /public/a/../b%2Fc HTTP/1.1", upstream.take().requestLine());
            }
        }
    }

    @Row(
            value = "E4.23",
            over = {"h1-h1", "h2-h1"})
    @Test
    void underscoresAreKeptDroppedOrRefused() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(OK)) {
            TestGateway keeps = start(upstream, t -> t);
            TestGateway drops = start(upstream, Terms.underscores(Underscores.DROP));
            TestGateway refuses = start(upstream, Terms.underscores(Underscores.REJECT));
            for (TestGateway gateway : new TestGateway[] {keeps, drops}) {
                try (RawHttp1 client = RawHttp1.connect(gateway.port());
                        RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                    client.sendHead("GET /public/ HTTP/1.1", "host: a", "X-User: good", "X_User: evil");
                    assertEquals(200, client.readResponse().status());
                    assertEquals(
                            200,
                            h2.open(
                                            RawH2Client.head("GET", "/public/")
                                                    .add("x-user", "good")
                                                    .add("x_user", "evil"),
                                            true)
                                    .response()
                                    .status());
                }
                for (int i = 0; i < 2; i++) {
                    RawUpstream.Request received = upstream.take();
                    assertEquals("good", received.header("x-user"));
                    if (gateway == keeps) {
                        assertEquals("evil", received.header("x_user"));
                    } else {
                        assertNull(received.header("x_user"));
                    }
                }
            }
            try (RawHttp1 client = RawHttp1.connect(refuses.port())) {
                client.sendHead("GET /public/ HTTP/1.1", "host: a", "X_User: evil");
                assertEquals(400, client.readResponse().status());
            }
        }
    }

    private TestGateway start(RawUpstream upstream, UnaryOperator<ClientTerms> terms) {
        return gateways.start(TestConfig.create()
                .http("http")
                .terms(terms)
                .backend("app", Protocol.HTTP, upstream.port())
                .route("/public", "app")
                .build());
    }
}
