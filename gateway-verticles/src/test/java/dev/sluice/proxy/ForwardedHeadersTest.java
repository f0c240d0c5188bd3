package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientPolicy;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.FilterSpec.Custom;
import dev.sluice.config.Gateway;
import dev.sluice.config.GatewayConfig;
import dev.sluice.filter.FilterAction;
import dev.sluice.filter.FilterContext;
import dev.sluice.filter.FilterFactory;
import dev.sluice.filter.HttpFilter;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who the upstream is told the client is, and whose word counts for it. */
final class ForwardedHeadersTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("ok"));

    @AfterEach
    void closeUpstream() {
        upstream.close();
    }

    /** Tells the upstream whom the gateway takes for the client. */
    public static final class ShowClient implements FilterFactory {
        @Override
        public HttpFilter create(JsonObject config) {
            return new HttpFilter() {
                @Override
                public FilterAction onRequest(FilterContext exchange) {
                    exchange.requestHeaders()
                            .set("x-client", exchange.clientAddress().hostAddress());
                    return FilterAction.CONTINUE;
                }
            };
        }
    }

    @Row(value = "E6.12", over = "h1-h1")
    @Test
    void ofAnUntrustedPeerNothingIsBelieved() throws IOException {
        TestGateway gateway = start();
        ReceivedRequest received = send(
                gateway,
                "X-Forwarded-For: 1.2.3.4",
                "x-forwarded-for: 5.6.7.8",
                "X-Forwarded-Proto: https",
                "X-Forwarded-Host: evil.test",
                "X-Forwarded-Port: 443",
                "X-Forwarded-Prefix: /evil",
                "X-Forwarded-Server: evil",
                "Forwarded: for=1.2.3.4;proto=https");
        assertEquals("127.0.0.1", received.header("x-forwarded-for"));
        assertEquals("http", received.header("x-forwarded-proto"));
        assertEquals("gateway.test", received.header("x-forwarded-host"));
        assertEquals(Integer.toString(gateway.port()), received.header("x-forwarded-port"));
        assertNull(received.header("x-forwarded-prefix"));
        assertNull(received.header("x-forwarded-server"));
        assertNull(received.header("forwarded"));
        assertEquals("127.0.0.1", received.header("x-client"));
    }

    @Row(value = "E6.12", over = "h2-h1")
    @Test
    void ofAnUntrustedHttp2PeerNothingIsBelieved() throws IOException {
        TestGateway gateway = start();
        try (RawH2Client client = RawH2Client.connect(gateway.port())) {
            var head = RawH2Client.head("GET", "/")
                    .add("x-forwarded-for", "1.2.3.4")
                    .add("forwarded", "for=1.2.3.4")
                    .add("x-forwarded-proto", "https");
            assertEquals(200, client.open(head, true).response().status());
            ReceivedRequest received = upstream.take();
            assertEquals("127.0.0.1", received.header("x-forwarded-for"));
            assertEquals("http", received.header("x-forwarded-proto"));
            assertEquals("localhost", received.header("x-forwarded-host"));
            assertNull(received.header("forwarded"));
        }
    }

    @Row(value = "E6.12", over = "h1-h1")
    @Test
    void ofATrustedProxyEverythingIsExtended() throws IOException {
        TestGateway gateway = start("127.0.0.0/8");
        ReceivedRequest received = send(
                gateway,
                "X-Forwarded-For: 1.2.3.4",
                "X-Forwarded-Proto: https",
                "X-Forwarded-Host: outer.test",
                "X-Forwarded-Port: 443",
                "X-Forwarded-Prefix: /outer",
                "Forwarded: for=1.2.3.4;proto=https");
        assertEquals("1.2.3.4, 127.0.0.1", received.header("x-forwarded-for"));
        assertEquals("https", received.header("x-forwarded-proto"));
        assertEquals("outer.test", received.header("x-forwarded-host"));
        assertEquals("443", received.header("x-forwarded-port"));
        assertEquals("/outer", received.header("x-forwarded-prefix"));
        assertEquals(
                "for=1.2.3.4;proto=https, for=127.0.0.1;proto=http;host=\"gateway.test\"",
                received.header("forwarded"));
        assertEquals("1.2.3.4", received.header("x-client"));
    }

    @Test
    void aTrustedProxyWithoutForwardingFieldsIsTheClient() throws IOException {
        ReceivedRequest received = send(start("127.0.0.1"));
        assertEquals("127.0.0.1", received.header("x-forwarded-for"));
        assertEquals("http", received.header("x-forwarded-proto"));
        assertEquals("127.0.0.1", received.header("x-client"));
        assertNull(received.header("forwarded"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "1.2.3.4; 1.2.3.4",
                "6.6.6.6, 1.2.3.4; 1.2.3.4", // the left was the client's own claim
                "6.6.6.6, 1.2.3.4, 10.0.0.1; 1.2.3.4", // past every trusted hop
                "6.6.6.6, 1.2.3.4, 10.0.0.1, 10.9.9.9; 1.2.3.4",
                "10.0.0.7, 10.0.0.1; 10.0.0.7", // all trusted: the leftmost
                "1.2.3.4:5678; 1.2.3.4",
                "2001:db8::7, 10.0.0.1; 2001:db8:0:0:0:0:0:7",
                "[2001:db8::7]:443; 2001:db8:0:0:0:0:0:7",
                "1.2.3.4, fd00::5; 1.2.3.4", // fd00::/8 is trusted too
                "1.2.3.4, _hidden; 127.0.0.1", // nothing left of what nobody can check counts
                "1.2.3.4, unknown, 10.0.0.1; 10.0.0.1",
                "1.2.3.4, , 10.0.0.1; 10.0.0.1",
                "1.2.3.4, 999.1.1.1; 127.0.0.1", // no address, and never looked up as a name
                "1.2.3.4, example.org; 127.0.0.1",
            })
    void theClientIsTheRightmostUntrustedAddress(String chain, String client) throws IOException {
        TestGateway gateway = start("127.0.0.0/8", "10.0.0.0/8", "fd00::/8");
        ReceivedRequest received = send(gateway, "X-Forwarded-For: " + chain);
        assertEquals(chain + ", 127.0.0.1", received.header("x-forwarded-for"));
        assertEquals(literal(client), literal(String.valueOf(received.header("x-client"))));
    }

    @Test
    void severalLinesAreOneChain() throws IOException {
        TestGateway gateway = start("127.0.0.0/8", "10.0.0.0/8");
        ReceivedRequest received = send(gateway, "X-Forwarded-For: 6.6.6.6, 1.2.3.4", "X-Forwarded-For: 10.0.0.1");
        assertEquals("6.6.6.6, 1.2.3.4, 10.0.0.1, 127.0.0.1", received.header("x-forwarded-for"));
        assertEquals("1.2.3.4", received.header("x-client"));
    }

    @Row(value = "E6.12", over = "h1-h1")
    @Test
    void ipv6PeersAreQuotedInForwarded() throws IOException {
        assumeTrue(hasIpv6(), "::1 can be bound");
        GatewayConfig config = config("::1/128");
        Gateway gateway = config.gateways().get(0);
        TestGateway running = gateways.start(new GatewayConfig(
                List.of(new Gateway(gateway.key(), List.of("::1"), gateway.listeners())),
                config.routes(),
                config.backends(),
                config.certificates(),
                List.of(new ClientPolicy(
                        TestConfig.key("clients"),
                        config.clientPolicies().get(0).targetRefs(),
                        ClientTerms.DEFAULT
                                .withTrustedProxies(List.of("::1/128"))
                                .withHttp3(Http3.OFF))),
                "ipv6"));
        try (RawHttp1 client = RawHttp1.connect(literal("::1"), running.port())) {
            client.sendHead(
                    "GET / HTTP/1.1",
                    "host: [::1]:80",
                    "x-forwarded-for: 2001:db8::7",
                    "forwarded: for=\"[2001:db8::7]\"");
            assertEquals(200, client.readFinal().status());
        }
        ReceivedRequest received = upstream.take();
        assertEquals("2001:db8::7, ::1", received.header("x-forwarded-for"));
        assertEquals("for=\"[2001:db8::7]\", for=\"[::1]\";proto=http;host=\"[::1]:80\"", received.header("forwarded"));
        assertEquals("[::1]:80", received.header("x-forwarded-host"));
    }

    @SuppressWarnings("AddressSelection") // a literal has one address
    private static InetAddress literal(String ip) throws IOException {
        return InetAddress.getByName(ip);
    }

    private static boolean hasIpv6() {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(literal("::1"), 0));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private TestGateway start(String... trusted) {
        return gateways.start(config(trusted));
    }

    private GatewayConfig config(String... trusted) {
        return TestConfig.create()
                .http("http")
                .trustedProxies(trusted)
                .backend("app", Protocol.HTTP, upstream.port())
                .route(TestConfig.rule("/")
                        .filter(new Custom(TestConfig.key("show"), ShowClient.class.getName(), new JsonObject()))
                        .to("app"))
                .build();
    }

    private ReceivedRequest send(TestGateway gateway, String... fields) throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            List<String> head = new ArrayList<>(List.of("GET / HTTP/1.1", "host: gateway.test"));
            head.addAll(List.of(fields));
            assertEquals(
                    200,
                    client.sendHead(head.toArray(String[]::new)).readFinal().status());
            return upstream.take();
        }
    }
}
