package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Defaults;
import dev.sluice.config.RetryTerms;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.TrapDoor;
import dev.sluice.testkit.TrapDoor.Visitor;
import dev.sluice.testkit.UpstreamChange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who gets which connection when connects hang or fail: the rules of .NET's pool, with SYNs that are really dropped. */
final class PoolAcquisitionTest {

    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Duration NEVER = Duration.ofMillis(-1);

    /** One try: what becomes of a connect shall be seen, not made good. */
    static final RetryTerms ONCE =
            new RetryTerms(1, Set.of(), Set.of(), Duration.ZERO, Duration.ofMillis(1), Duration.ofMillis(1), 0, null);

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final TrapDoor door = open();
    private @Nullable RawH2Client client;

    private static TrapDoor open() {
        try {
            return new TrapDoor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void close() throws IOException {
        if (client != null) {
            client.close();
        }
        door.close();
    }

    /** One loop: one pool. */
    private TestGateway start(Protocol protocol, int port, UnaryOperator<UpstreamTerms> change) throws IOException {
        TestGateway gateway = gateways.start(
                TestGateway.bootstrap(1),
                TestConfig.create()
                        .http("http")
                        .backend("app", protocol, port)
                        .upstreamTerms("app", change)
                        .route(TestConfig.rule("/").retry(ONCE).to("app"))
                        .build(),
                Extensions.NONE);
        client = RawH2Client.connect(gateway.port());
        return gateway;
    }

    private TestGateway start(UnaryOperator<UpstreamTerms> change) throws IOException {
        return start(Protocol.HTTP, door.port(), change);
    }

    private RawH2Client client() {
        return Objects.requireNonNull(client);
    }

    private RawH2Stream get(String path) throws IOException {
        return client().open(RawH2Client.head("GET", path), true);
    }

    private static void await(TestGateway gateway, String metric, double value) {
        Eventually.holds(metric + " is " + value, () -> Double.valueOf(value)
                .equals(gateway.metric("gateway_upstream_" + metric)));
    }

    private static void assertGood(RawH2Stream stream, String text) {
        H2Response response = stream.response();
        assertEquals(200, response.status());
        assertEquals(text, response.text());
    }

    /** One request on the only connection, the door shut behind it, and a second whose connect gets no answer. */
    private Visitor busyThenShut(TestGateway gateway, List<RawH2Stream> requests) throws IOException {
        requests.add(get("/1"));
        Visitor visitor = door.accept();
        assertTrue(visitor.readHead().startsWith("GET /1 "));
        door.shut();
        requests.add(get("/2"));
        await(gateway, "connects_active", 1);
        return visitor;
    }

    private static void serveSecond(Visitor visitor, List<RawH2Stream> requests) throws IOException {
        visitor.answer("one");
        assertGood(requests.get(0), "one");
        assertTrue(visitor.readHead().startsWith("GET /2 "));
        visitor.answer("two");
        assertGood(requests.get(1), "two");
    }

    @Row({"A2.1", "A2.2", "A2.6"})
    @Test
    void requestTakesTheFirstConnectionThatItCanGet() throws IOException {
        TestGateway gateway = start(UpstreamChange.connect(LONG, NEVER));
        List<RawH2Stream> requests = new ArrayList<>();
        Visitor first = busyThenShut(gateway, requests);
        await(gateway, "requests_pending", 1);
        serveSecond(first, requests); // while its own connect hangs
        await(gateway, "connects_active", 1);
        assertEquals(
                2.0, gateway.metric("gateway_upstream_pool_queue_seconds_count"), "both waited, the first for TCP");
        door.reopen(); // the kernel sends the SYN again, and the connection is kept for others
        Visitor second = door.accept();
        await(gateway, "connections_active", 2);
        RawH2Stream third = get("/3");
        assertTrue(second.readHead().startsWith("GET /3 "), "the most recently opened or used");
        second.answer("three");
        assertGood(third, "three");
        assertEquals(0.0, gateway.metric("gateway_upstream_pool_connects_abandoned_total"));
        assertEquals(0.0, gateway.metric("gateway_upstream_connect_failures_total"));
    }

    @Row({"A2.3", "A2.4"})
    @Test
    void connectFailsOnlyTheRequestThatStartedIt() throws IOException {
        TestGateway gateway = start(UpstreamChange.connect(Duration.ofMillis(900), NEVER)
                .andThen(UpstreamChange.http1Connections(2))::apply);
        List<RawH2Stream> requests = new ArrayList<>();
        Visitor first = busyThenShut(gateway, requests);
        RawH2Stream third = get("/3"); // no connect of its own: two connections are the limit
        await(gateway, "requests_pending", 2);
        H2Response failed = requests.get(1).response();
        assertEquals(504, failed.status());
        assertTrue(failed.text().contains("connection_timeout"), failed.text());
        assertEquals(1.0, gateway.metric("gateway_upstream_requests_pending"));
        await(gateway, "connects_active", 1); // now there is room for its own
        first.answer("one");
        assertGood(requests.get(0), "one");
        assertTrue(first.readHead().startsWith("GET /3 "));
        first.answer("three");
        assertGood(third, "three");
    }

    @Row("A2.4")
    @Test
    void connectWhoseRequestWasServedFailsNobody() throws IOException {
        TestGateway gateway = start(UpstreamChange.connect(Duration.ofMillis(900), NEVER));
        List<RawH2Stream> requests = new ArrayList<>();
        Visitor first = busyThenShut(gateway, requests);
        first.answer("one");
        assertTrue(first.readHead().startsWith("GET /2 "));
        RawH2Stream third = get("/3"); // relies on the connect of the second, as long as it is under way
        await(gateway, "requests_pending", 1);
        await(gateway, "connect_failures_total", 1);
        assertEquals(1.0, gateway.metric("gateway_upstream_requests_pending"), "and tries for itself then");
        await(gateway, "connects_active", 1);
        first.answer("two");
        assertGood(requests.get(1), "two");
        assertTrue(first.readHead().startsWith("GET /3 "));
        first.answer("three");
        assertGood(third, "three");
    }

    @Row({"A2.5", "A2.6"})
    @Test
    void connectThatNobodyWaitsForIsSoonGivenUp() throws IOException {
        TestGateway gateway = start(UpstreamChange.connect(LONG, Duration.ofMillis(200))
                .andThen(UpstreamChange.http1Connections(2))::apply);
        List<RawH2Stream> requests = new ArrayList<>();
        Visitor first = busyThenShut(gateway, requests);
        serveSecond(first, requests);
        await(gateway, "pool_connects_abandoned_total", 1);
        assertEquals(0.0, gateway.metric("gateway_upstream_connect_failures_total"));
        assertEquals(0.0, gateway.metric("gateway_upstream_connects_active"));
        door.reopen(); // nobody knocks any more
        RawH2Stream third = get("/3");
        assertTrue(first.readHead().startsWith("GET /3 "));
        RawH2Stream fourth = get("/4"); // and it does not count against the limit of two
        Visitor second = door.accept();
        assertTrue(second.readHead().startsWith("GET /4 "));
        second.answer("four");
        assertGood(fourth, "four");
        first.answer("three");
        assertGood(third, "three");
    }

    @Row("A2.5")
    @Test
    void zeroGivesItUpAtOnce() throws IOException {
        TestGateway gateway = start(UpstreamChange.connect(LONG, Duration.ZERO));
        List<RawH2Stream> requests = new ArrayList<>();
        Visitor first = busyThenShut(gateway, requests);
        first.answer("one");
        assertTrue(first.readHead().startsWith("GET /2 "));
        await(gateway, "pool_connects_abandoned_total", 1);
        first.answer("two");
        assertGood(requests.get(1), "two");
        assertEquals(0.0, gateway.metric("gateway_upstream_connects_active"));
    }

    @Row("A2.5")
    @Test
    void clientThatGoesAwayCountsAsServed() throws IOException {
        TestGateway gateway = start(UpstreamChange.connect(LONG, Duration.ZERO));
        List<RawH2Stream> requests = new ArrayList<>();
        Visitor first = busyThenShut(gateway, requests);
        requests.get(1).reset(8);
        await(gateway, "pool_connects_abandoned_total", 1);
        await(gateway, "requests_pending", 0);
        first.answer("one");
        assertGood(requests.get(0), "one");
    }

    @Row("A2.5")
    @Test
    void itNeverGetsLongerThanAConnectMayTake() throws IOException {
        TestGateway gateway = start(UpstreamChange.connect(Duration.ofMillis(600), LONG));
        List<RawH2Stream> requests = new ArrayList<>();
        Visitor first = busyThenShut(gateway, requests);
        serveSecond(first, requests);
        await(gateway, "connect_failures_total", 1);
        assertEquals(0.0, gateway.metric("gateway_upstream_pool_connects_abandoned_total"));
    }

    @Test
    void connectionsThatAreNeverReadyAreClosed() throws IOException {
        TestGateway gateway = start(Protocol.H2C, door.port(), UpstreamChange.connect(Duration.ofMillis(300), NEVER));
        RawH2Stream request = get("/");
        Visitor silent = door.accept(); // and sends no SETTINGS
        assertEquals(504, request.response().status());
        assertTrue(silent.readToEnd().startsWith("PRI * HTTP/2.0"));
        assertEquals(0.0, gateway.metric("gateway_upstream_connects_active"));
    }

    @Row("A2.4")
    @Test
    void everyoneInALongLineTriesForItself() throws IOException {
        int refusing;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            refusing = free.getLocalPort();
        }
        for (Protocol protocol : List.of(Protocol.HTTP, Protocol.H2C)) {
            TestGateway gateway = start(protocol, refusing, UnaryOperator.identity());
            List<RawH2Stream> requests = new ArrayList<>();
            for (int i = 0; i < Defaults.MAX_CONCURRENT_STREAMS; i++) {
                requests.add(get("/" + i));
            }
            for (RawH2Stream request : requests) {
                H2Response response = request.response();
                assertEquals(502, response.status());
                assertTrue(response.text().contains("connection_refused"), response.text());
            }
            assertEquals(
                    (double) Defaults.MAX_CONCURRENT_STREAMS,
                    gateway.metric("gateway_upstream_connect_failures_total"),
                    protocol.name());
        }
    }
}
