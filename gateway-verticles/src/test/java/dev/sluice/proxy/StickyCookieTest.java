package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.Secret;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.Balancing;
import dev.sluice.config.UpstreamTerms.Sticky;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamChange;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients stay where their cookie says, as long as that is there. */
final class StickyCookieTest extends BalancedServers {

    @TempDir
    Path directory;

    private static UnaryOperator<UpstreamTerms> sticky(Duration maxAge) {
        Sticky sticky = new Sticky("sid", maxAge, new Secret("a key of the test"));
        return UpstreamChange.balancing(
                b -> new Balancing(b.policy(), b.hashOn(), sticky, b.slowStart(), b.preferZone(), b.panicPercent()));
    }

    private static String get(HttpClient client, int port, String... header) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"));
        if (header.length > 0) {
            request.headers(header);
        }
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(200, response.statusCode());
        return response.body();
    }

    private static String cookie(RawResponse response) {
        String set = String.valueOf(response.header("set-cookie"));
        return set.substring(0, set.indexOf(';'));
    }

    @Test
    void aBrowserStaysWhereItWas() throws Exception {
        upstreams(3);
        TestGateway gateway =
                gateways.start(config(sticky(Duration.ZERO), 0, 1, 2).build());
        Set<String> used = new HashSet<>();
        // Sixteen clients all at one of three servers: once in 3^15.
        for (int browser = 0; browser < 16; browser++) {
            HttpClient client =
                    HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
            String first = get(client, gateway.port());
            used.add(first);
            for (int i = 0; i < 5; i++) {
                assertEquals(first, get(client, gateway.port()));
            }
        }
        assertTrue(used.size() > 1, used + "");
    }

    @Test
    void theCookieIsSetOnceAndSaysHowLong() throws Exception {
        upstreams(3);
        TestGateway gateway =
                gateways.start(config(sticky(Duration.ofHours(2)), 0, 1, 2).build());
        RawResponse first = get(gateway.port());
        String set = String.valueOf(first.header("set-cookie"));
        assertTrue(set.matches("sid=[A-Za-z0-9_-]{24}; Path=/; Max-Age=7200; HttpOnly; SameSite=Lax"), set);
        for (int i = 0; i < 20; i++) {
            RawResponse next = get(gateway.port(), "cookie: other=1; " + cookie(first));
            assertEquals(first.text(), next.text());
            assertNull(next.header("set-cookie"));
        }
    }

    @Test
    void overTlsTheCookieIsSecure() throws Exception {
        upstreams(1);
        TestCertificates certificates = TestCertificates.in(directory);
        GatewayConfig config = TestConfig.create()
                .https("https", "leaf")
                .certificate("leaf", certificates.leaf("leaf", "localhost"))
                .backend("app", Protocol.HTTP, upstreams.get(0).port())
                .upstreamTerms("app", sticky(Duration.ZERO))
                .route("/", "app")
                .build();
        TestGateway gateway = gateways.start(config);
        try (RawHttp1 client = RawHttp1.connectTls(gateway.port("https"), certificates.clientContext(), "localhost")) {
            String set = String.valueOf(get(client).header("set-cookie"));
            assertTrue(set.endsWith("; Path=/; Secure; HttpOnly; SameSite=Lax"), set);
        }
    }

    @Test
    void aForgedCookieIsReplaced() throws Exception {
        upstreams(3);
        TestGateway gateway =
                gateways.start(config(sticky(Duration.ZERO), 0, 1, 2).build());
        String forged = "sid=AAAAAAAAAAAAAAAAAAAAAAAA";
        RawResponse response = get(gateway.port(), "cookie: " + forged);
        assertEquals(200, response.status());
        assertNotEquals(forged, cookie(response));
        assertEquals(
                response.text(),
                get(gateway.port(), "cookie: " + cookie(response)).text());
    }

    /** Its server leaves: another one, and a new cookie. Clients of the others notice nothing. */
    @Test
    void aClientOfARemovedEndpointGetsAnother() throws Exception {
        upstreams(3);
        TestGateway gateway =
                gateways.start(config(sticky(Duration.ZERO), 0, 1, 2).build());
        Map<String, String> cookies = new HashMap<>();
        while (cookies.size() < 3) {
            RawResponse response = get(gateway.port());
            cookies.put(response.text(), cookie(response));
        }
        gateway.reload(config(sticky(Duration.ZERO), 1, 2).build());
        Eventually.holds("server 0 is left", () -> {
            try {
                return !get(gateway.port(), "cookie: " + cookies.get("server 0"))
                        .text()
                        .equals("server 0");
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        for (int i = 0; i < 10; i++) { // both loops
            for (int server = 1; server <= 2; server++) {
                RawResponse kept = get(gateway.port(), "cookie: " + cookies.get("server " + server));
                assertEquals("server " + server, kept.text());
                assertNull(kept.header("set-cookie"));
            }
        }
        Eventually.holds("on both loops", () -> {
            try {
                for (int i = 0; i < 20; i++) {
                    RawResponse moved = get(gateway.port(), "cookie: " + cookies.get("server 0"));
                    if (moved.text().equals("server 0") || !cookies.containsValue(cookie(moved))) {
                        return false;
                    }
                }
                return true;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }
}
