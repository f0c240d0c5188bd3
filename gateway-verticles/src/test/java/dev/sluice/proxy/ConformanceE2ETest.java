package dev.sluice.proxy;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.ConformanceCases;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.MatchSuite;
import dev.sluice.testkit.MatchSuite.Case;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.RouteConfigs;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.UpstreamServer;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gateway API's conformance tests of matching, against a gateway over sockets. */
final class ConformanceE2ETest {

    /** Ports of ours for those of a suite; no suite has more. */
    private static final int MAX_PORTS = 4;

    /** Enough of each suite over HTTP/2, whose requests are matched by the same code. */
    private static final int H2_SAMPLE = 6;

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    static Stream<Named<MatchSuite>> suites() {
        return ConformanceCases.all().stream().map(suite -> Named.of(suite.name(), suite));
    }

    @ParameterizedTest
    @MethodSource("suites")
    void takesEveryRequestToItsBackend(MatchSuite suite) throws IOException {
        try (UpstreamServer v1 = UpstreamServer.http1(Scripts.text("v1"));
                UpstreamServer v2 = UpstreamServer.http1(Scripts.text("v2"));
                UpstreamServer v3 = UpstreamServer.http1(Scripts.text("v3"))) {
            List<Integer> free = freePorts();
            Map<Integer, Integer> ports = new HashMap<>();
            var unused = gateways.start(suite.config(
                    port -> ports.computeIfAbsent(port, p -> free.get(ports.size())),
                    List.of(backend("v1", v1), backend("v2", v2), backend("v3", v3))));

            assertAll(suite.cases().stream().map(it -> () -> assertHttp1(it, ports.get(it.port()))));
            assertAll(suite.cases().stream().limit(H2_SAMPLE).map(it -> () -> assertH2(it, ports.get(it.port()))));
            long served =
                    suite.cases().stream().filter(it -> it.backend() != null).count()
                            + suite.cases().stream()
                                    .limit(H2_SAMPLE)
                                    .filter(it -> it.backend() != null)
                                    .count();
            assertEquals(
                    served,
                    Stream.of(v1, v2, v3).mapToInt(it -> it.received().size()).sum(),
                    "requests that reached a backend");
        }
    }

    private static void assertHttp1(Case it, @Nullable Integer port) throws IOException {
        StringBuilder head = new StringBuilder()
                .append(it.request().method())
                .append(' ')
                .append(it.request().target())
                .append(" HTTP/1.1\r\nhost: ")
                .append(it.request().authority())
                .append("\r\n");
        it.request()
                .headers()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        try (RawHttp1 client = RawHttp1.connect(requireNonNull(port))) {
            RawResponse response = client.send(head.append("\r\n").toString())
                    .readResponse(it.request().method().equals("HEAD"));
            assertEquals(expectedStatus(it), response.status(), it.toString());
            if (it.backend() != null) {
                assertEquals(it.backend(), response.text(), it.toString());
            }
        }
    }

    private static void assertH2(Case it, @Nullable Integer port) throws IOException {
        Http2Headers head = new DefaultHttp2Headers(false)
                .method(it.request().method())
                .scheme("http")
                .authority(it.request().authority())
                .path(it.request().target());
        it.request().headers().forEach(head::add);
        try (RawH2Client client = RawH2Client.connect(requireNonNull(port))) {
            H2Response response = client.open(head, true).response();
            assertEquals(expectedStatus(it), response.status(), it.toString());
            if (it.backend() != null) {
                assertEquals(it.backend(), response.text(), it.toString());
            }
        }
    }

    private static int expectedStatus(Case it) {
        return it.backend() == null ? 404 : 200;
    }

    private static Backend backend(String name, UpstreamServer upstream) {
        return new Backend(
                RouteConfigs.key(name),
                Protocol.HTTP,
                List.of(new EndpointAddress("127.0.0.1", upstream.port())),
                null);
    }

    private static List<Integer> freePorts() throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < MAX_PORTS; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }
}
