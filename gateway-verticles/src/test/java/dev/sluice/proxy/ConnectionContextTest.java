package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.FilterSpec.Custom;
import dev.sluice.config.GatewayConfig;
import dev.sluice.filter.CloseReason;
import dev.sluice.filter.CloseReason.Cause;
import dev.sluice.filter.ConnectionContext;
import dev.sluice.filter.FilterAction;
import dev.sluice.filter.FilterContext;
import dev.sluice.filter.FilterFactory;
import dev.sluice.filter.HttpFilter;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConfig;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a filter, the access log and the admin API see of a connection, and how a filter ends one. */
final class ConnectionContextTest {

    /** What connections ended for, as their filters were told. */
    private static final BlockingQueue<CloseReason> CLOSED = new LinkedBlockingQueue<>();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory;

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("hello"));

    @BeforeEach
    void forget() {
        CLOSED.clear();
    }

    @AfterEach
    void closeUpstream() {
        upstream.close();
    }

    /** Tells of the connection at {@code /facts}, and ends it at {@code /abort} and {@code /close} before going on. */
    public static final class Probe implements FilterFactory {
        @Override
        public HttpFilter create(JsonObject config) {
            return new HttpFilter() {
                @Override
                public FilterAction onRequest(FilterContext exchange) {
                    ConnectionContext connection = exchange.connection();
                    if (connection.items().put("seen", true) == null) {
                        connection.closed().onSuccess(CLOSED::add);
                    }
                    exchange.items().put("path", exchange.path());
                    switch (exchange.path()) {
                        case "/facts" -> {
                            return exchange.reply(
                                    200, Buffer.buffer(facts(connection).encode()));
                        }
                        case "/abort" -> connection.abort("too many cooks");
                        case "/close" -> connection.close();
                        default -> {}
                    }
                    return FilterAction.CONTINUE;
                }

                @Override
                public void onResponse(FilterContext exchange) {
                    exchange.responseHeaders()
                            .set("x-item", String.valueOf(exchange.items().get("path")));
                    if (exchange.path().equals("/abort-response")) {
                        exchange.connection().abort("a bad answer");
                    } else if (exchange.path().equals("/close-response")) {
                        exchange.connection().close();
                    }
                }
            };
        }

        private static JsonObject facts(ConnectionContext connection) {
            SSLSession session = connection.feature(SSLSession.class);
            return new JsonObject()
                    .put("id", connection.id())
                    .put("remote", connection.remoteAddress().toString())
                    .put("peer", connection.peerAddress().toString())
                    .put("local", connection.localAddress().toString())
                    .put("transport", connection.transport().name())
                    .put("protocol", connection.protocol().name())
                    .put("serverName", connection.serverName())
                    .put("alpn", connection.alpn())
                    .put("tls", session == null ? null : session.getProtocol())
                    .put("other", connection.feature(String.class))
                    .put("requests", connection.requests());
        }
    }

    private GatewayConfig config(boolean tls, Http3 http3) throws IOException {
        TestConfig config = TestConfig.create()
                .http3(http3)
                .backend("app", Protocol.HTTP, upstream.port())
                .route(TestConfig.rule("/")
                        .filter(new Custom(TestConfig.key("probe"), Probe.class.getName(), new JsonObject()))
                        .to("app"));
        if (!tls) {
            return config.http("http").build();
        }
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("leaf", "localhost", "a.test");
        return config.https("https", "leaf").certificate("leaf", leaf).build();
    }

    private TestGateway cleartext() throws IOException {
        return gateways.start(config(false, Http3.OFF));
    }

    private static void assertClosed(TestGateway gateway, Cause cause, String text) {
        assertEquals(new CloseReason(cause, text), Eventually.take("the connection's end", CLOSED));
        Eventually.holds("the end is counted", () -> {
            Double closed = gateway.metric("gateway_downstream_connections_closed_total{reason=\""
                    + cause.name().toLowerCase(Locale.ROOT) + "\"}");
            return closed != null && closed == 1;
        });
    }

    // --- what it tells ---

    @Test
    void cleartextHttp1() throws IOException {
        TestGateway gateway = cleartext();
        String first;
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertEquals("hello", client.get("/").text());
            RawResponse response = client.get("/facts");
            JsonObject facts = new JsonObject(response.text());
            String local = "127.0.0.1:" + gateway.port();
            String remote = "127.0.0.1:" + client.localPort();
            first = facts.getString("id");
            assertTrue(first.matches("sluice-[0-9a-f]{8}-[01]-1"), first);
            assertEquals(
                    new JsonObject()
                            .put("id", first)
                            .put("remote", remote)
                            .put("peer", remote)
                            .put("local", local)
                            .put("transport", "TCP")
                            .put("protocol", "HTTP_1_1")
                            .putNull("serverName")
                            .putNull("alpn")
                            .putNull("tls")
                            .putNull("other")
                            .put("requests", 2),
                    facts);
            assertEquals("/facts", response.header("x-item"));
        }
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertNotEquals(first, new JsonObject(client.get("/facts").text()).getString("id"));
        }
        assertEquals(new CloseReason(Cause.CLIENT, ""), Eventually.take("the first connection's end", CLOSED));
    }

    @Test
    void tlsOverTcp() throws Exception {
        TestGateway gateway = gateways.start(config(true, Http3.OFF));
        int port = gateway.port("https");
        try (RawHttp1 client = RawHttp1.connectTls(port, TestCertificates.trustAll(), "a.test")) {
            JsonObject facts = new JsonObject(client.get("/facts").text());
            assertEquals("a.test", facts.getString("serverName"));
            assertEquals("http/1.1", facts.getString("alpn"));
            assertEquals("TLSv1.3", facts.getString("tls"));
        }
        try (RawH2Client client = RawH2Client.connectTls(port, TestCertificates.trustAll(), null)) {
            JsonObject facts =
                    new JsonObject(client.open(RawH2Client.head("GET", "/facts").scheme("https"), true)
                            .response()
                            .text());
            assertEquals("HTTP_2", facts.getString("protocol"));
            assertNull(facts.getString("serverName"));
            assertEquals("h2", facts.getString("alpn"));
        }
    }

    @Test
    void http3IsOneConnectionOverQuic() throws Exception {
        TestGateway gateway = gateways.start(config(true, Http3.REQUIRED));
        HttpClientAgent client = http3(gateway);
        JsonObject facts = new JsonObject(http3(client, gateway, "/facts"));
        assertEquals("QUIC", facts.getString("transport"));
        assertEquals("HTTP_3", facts.getString("protocol"));
        assertEquals("a.test", facts.getString("serverName"));
        assertTrue(facts.getString("alpn").matches("h3(-29)?"), facts::encode); // Vert.x's client offers both
        assertEquals("TLSv1.3", facts.getString("tls"));
        assertTrue(facts.getString("remote").startsWith("127.0.0.1:"), facts::encode);
        assertEquals("127.0.0.1:" + gateway.port("https"), facts.getString("local"));
        Eventually.get(client.close());
    }

    private static HttpClientAgent http3(TestGateway gateway) {
        return gateway.vertx()
                .createHttpClient(
                        new HttpClientConfig().setVersions(HttpVersion.HTTP_3).setSsl(true),
                        new ClientSSLOptions().setTrustAll(true).setHostnameVerificationAlgorithm(""));
    }

    private static RequestOptions http3Get(TestGateway gateway, String path) {
        return new RequestOptions()
                .setServer(SocketAddress.inetSocketAddress(gateway.port("https"), "localhost"))
                .setHost("a.test") // a name without a dot is not told by SNI
                .setURI(path);
    }

    private static String http3(HttpClientAgent client, TestGateway gateway, String path) {
        return Eventually.get(client.request(http3Get(gateway, path))
                        .compose(request -> request.send())
                        .compose(response -> response.body()))
                .toString();
    }

    // --- abort ---

    @Test
    void abortResetsHttp1() throws IOException {
        TestGateway gateway = cleartext();
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.sendHead("GET /abort HTTP/1.1", "host: a");
            SocketException reset = assertThrows(SocketException.class, client::readResponse);
            assertEquals("Connection reset", reset.getMessage());
        }
        assertClosed(gateway, Cause.ABORTED, "too many cooks");
        assertEquals(0, upstream.received().size());
        assertEquals(
                1,
                gateway.metric("gateway_failures_total{error=\"connection_terminated\","
                        + "failure=\"connection_aborted\",flag=\"DC\"}"));
        assertEquals(0, gateway.metric("gateway_downstream_resets_total"), "no client reset anything");
    }

    @Test
    void abortOnTheResponseResetsTlsToo() throws Exception {
        TestGateway gateway = gateways.start(config(true, Http3.OFF));
        try (RawHttp1 client = RawHttp1.connectTls(gateway.port("https"), TestCertificates.trustAll(), null)) {
            client.sendHead("GET /abort-response HTTP/1.1", "host: a");
            client.awaitClosed();
        }
        assertClosed(gateway, Cause.ABORTED, "a bad answer");
        gateway.awaitIdle();
    }

    @Test
    void abortEndsEveryStreamOfHttp2() throws IOException {
        Gate gate = new Gate();
        upstream.on("/slow", Scripts.after(gate, Scripts.text("late")));
        TestGateway gateway = cleartext();
        try (RawH2Client client = RawH2Client.connect(gateway.port())) {
            RawH2Stream slow = client.open(RawH2Client.head("GET", "/slow"), true);
            gate.awaitReached();
            RawH2Stream aborting = client.open(RawH2Client.head("GET", "/abort"), true);
            assertEquals(2, client.awaitGoAway().code());
            client.awaitClosed();
            assertEquals(List.of(), slow.response().headers());
            assertEquals(List.of(), aborting.response().headers());
        }
        assertClosed(gateway, Cause.ABORTED, "too many cooks");
        gate.open();
    }

    @Test
    void abortClosesHttp3() throws Exception {
        TestGateway gateway = gateways.start(config(true, Http3.REQUIRED));
        HttpClientAgent client = http3(gateway);
        Promise<Void> closed = Promise.promise();
        client.request(http3Get(gateway, "/abort")).onSuccess(request -> {
            request.connection().closeHandler(v -> closed.complete());
            var unused = request.send(); // Vert.x's client does not tell of an answer that never comes
        });
        assertClosed(gateway, Cause.ABORTED, "too many cooks");
        Eventually.get(closed.future());
        Eventually.get(client.close());
    }

    // --- close ---

    @Test
    void closeAnswersFirstOnHttp1() throws IOException {
        TestGateway gateway = cleartext();
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertEquals("hello", client.get("/").text());
            client.send("GET /close HTTP/1.1\r\nhost: a\r\n\r\nGET /next HTTP/1.1\r\nhost: a\r\n\r\n");
            RawResponse last = client.readResponse();
            assertEquals("hello", last.text());
            assertEquals("close", last.header("connection"));
            client.awaitClosed();
        }
        assertClosed(gateway, Cause.CLOSED, "");
        assertEquals(
                List.of("/", "/close"),
                upstream.received().stream().map(request -> request.target()).toList());
    }

    @Test
    void closeOnTheResponseIsSaidByIt() throws IOException {
        TestGateway gateway = cleartext();
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            RawResponse last = client.get("/close-response");
            assertEquals("hello", last.text());
            assertEquals("close", last.header("connection"));
            client.awaitClosed();
        }
        assertClosed(gateway, Cause.CLOSED, "");
    }

    @Test
    void closeLetsStreamsOfHttp2End() throws IOException {
        Gate gate = new Gate();
        upstream.on("/slow", Scripts.after(gate, Scripts.text("late")));
        TestGateway gateway = cleartext();
        try (RawH2Client client = RawH2Client.connect(gateway.port())) {
            RawH2Stream slow = client.open(RawH2Client.head("GET", "/slow"), true);
            gate.awaitReached();
            assertEquals("hello", client.get("/close").text());
            assertEquals(0, client.awaitGoAway().code());
            assertTrue(client.isOpen(), "a stream is open");
            gate.open();
            assertEquals("late", slow.response().text());
            client.awaitClosed();
        }
        assertClosed(gateway, Cause.CLOSED, "");
    }

    @Test
    void closeLetsHttp3End() throws Exception {
        TestGateway gateway = gateways.start(config(true, Http3.REQUIRED));
        HttpClientAgent client = http3(gateway);
        assertEquals("hello", http3(client, gateway, "/close"));
        assertClosed(gateway, Cause.CLOSED, "");
        Eventually.get(client.close());
    }

    // --- why it ended ---

    @Test
    void aRequestThatCannotBeFramedIsAnError() throws IOException {
        TestGateway gateway = cleartext();
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertEquals("hello", client.get("/").text());
            client.sendHead("GET / HTTP/1.1", "host: a", "content-length: 1", "content-length: 2");
            assertEquals(400, client.readResponse().status());
            client.awaitClosed();
        }
        assertClosed(gateway, Cause.ERROR, "");
    }

    @Test
    void aClientThatAsksForTheCloseEndsItItself() throws IOException {
        TestGateway gateway = cleartext();
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.sendHead("GET / HTTP/1.1", "host: a", "connection: close");
            assertEquals("hello", client.readResponse().text());
            client.awaitClosed();
        }
        assertClosed(gateway, Cause.CLIENT, "");
    }

    @Test
    void aDrainIsTold() throws IOException {
        TestGateway gateway = cleartext();
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertEquals("hello", client.get("/").text());
            gateway.reload(TestConfig.create().build());
            client.awaitClosed();
        }
        assertEquals(new CloseReason(Cause.DRAIN, ""), Eventually.take("the connection's end", CLOSED));
    }

    // --- the access log and the admin API ---

    @Test
    void theAccessLogNamesTheConnection() throws Exception {
        Path log = directory.resolve("access.log");
        TestGateway gateway = gateways.start(
                TestGateway.bootstrap(1, new Bootstrap.AccessLogTarget(log.toString())),
                config(true, Http3.OFF),
                Extensions.NONE);
        String id;
        try (RawHttp1 client = RawHttp1.connectTls(gateway.port("https"), TestCertificates.trustAll(), "a.test")) {
            id = new JsonObject(client.get("/facts").text()).getString("id");
            assertEquals("hello", client.get("/").text());
            client.sendHead("GET /abort HTTP/1.1", "host: a");
            client.awaitClosed();
        }
        Eventually.holds("three lines are logged", () -> lines(log).size() == 3);
        List<JsonObject> lines = lines(log).stream().map(JsonObject::new).toList();
        for (int i = 0; i < lines.size(); i++) {
            assertEquals(id, lines.get(i).getString("sluice.connection.id"));
            assertEquals(i + 1, lines.get(i).getLong("sluice.connection.request"));
            assertEquals("a.test", lines.get(i).getString("tls.client.server_name"));
            assertEquals("http/1.1", lines.get(i).getString("tls.next_protocol"));
            assertEquals("1.3", lines.get(i).getString("tls.version"));
        }
        JsonObject answered = lines.get(1);
        long sum = 0;
        for (String name : List.of("route", "filters", "upstream.connect", "upstream.first_byte")) {
            Long nanos = answered.getLong("sluice." + name + ".duration");
            assertNotNull(nanos, name);
            sum += nanos;
        }
        assertTrue(sum <= answered.getLong("event.duration"), answered::encode);
        assertFalse(lines.get(0).containsKey("sluice.filters.duration"), "a filter answered");
        assertEquals("too many cooks", lines.get(2).getString("sluice.detail"));
        assertEquals("DC", lines.get(2).getString("sluice.flag"));
        assertEquals(499, lines.get(2).getInteger("http.response.status_code"));
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theAdminApiListsConnections() throws IOException {
        Gate gate = new Gate();
        upstream.on("/slow", Scripts.after(gate, Scripts.text("late")));
        TestGateway gateway = cleartext();
        RawHttp1 idle = RawHttp1.connect(gateway.port());
        String id = new JsonObject(idle.get("/facts").text()).getString("id"); // it is there before the other
        try (idle;
                RawH2Client busy = RawH2Client.connect(gateway.port())) {
            RawH2Stream slow = busy.open(RawH2Client.head("GET", "/slow"), true);
            gate.awaitReached();
            JsonObject shown = new JsonObject(gateway.admin("/connections").text());
            assertEquals(2, shown.getInteger("total"));
            assertEquals(TestGateway.LOOPS, shown.getInteger("loops"));
            JsonArray connections = shown.getJsonArray("connections");
            assertEquals(2, connections.size());
            JsonObject first = connections.getJsonObject(0);
            assertEquals(id, first.getString("id"), "the oldest is the first");
            assertEquals("http/1.1", first.getString("protocol"));
            assertEquals("127.0.0.1:" + idle.localPort(), first.getString("remote"));
            assertEquals("127.0.0.1:" + gateway.port(), first.getString("local"));
            assertEquals(1, first.getInteger("requests"));
            assertEquals(0, first.getInteger("inFlight"));
            assertTrue(first.getDouble("idleSeconds") <= first.getDouble("ageSeconds"), first::encode);
            JsonObject second = connections.getJsonObject(1);
            assertEquals("h2", second.getString("protocol"));
            assertEquals(1, second.getInteger("inFlight"));
            assertFalse(second.containsKey("idleSeconds"), second::encode);
            JsonObject none =
                    new JsonObject(gateway.admin("/connections?limit=0").text());
            assertEquals(2, none.getInteger("total"));
            assertEquals(new JsonArray(), none.getJsonArray("connections"));
            gate.open();
            assertEquals("late", slow.response().text());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void connectionIdsCountUpOnALoop(int count) throws IOException {
        TestGateway gateway = gateways.start(TestGateway.bootstrap(1), config(false, Http3.OFF), Extensions.NONE);
        for (int i = 1; i <= count; i++) {
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                String id = new JsonObject(client.get("/facts").text()).getString("id");
                assertTrue(id.endsWith("-0-" + i), id);
            }
        }
    }
}
