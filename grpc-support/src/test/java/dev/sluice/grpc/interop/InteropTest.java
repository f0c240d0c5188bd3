package dev.sluice.grpc.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ConfigResult;
import dev.sluice.config.GatewayConfig;
import dev.sluice.grpc.GrpcMetrics;
import dev.sluice.grpc.GrpcReply;
import dev.sluice.grpc.protocol.GrpcProtocol;
import dev.sluice.spi.ConfigSource;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * grpc-java's interop client and server, which must not be able to tell that there is a gateway between them: every case
 * that passes without one passes with it, again and again.
 */
@Timeout(60)
final class InteropTest {

    private static final int ROUNDS = 3;

    /** Which the release of the interop cases that is used has; an update that loses some is not to go unnoticed. */
    private static final int CASES = 40;

    private static final TestCertificates.Leaf LEAF = TestCertificates.local();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @Test
    void withoutAGateway() throws IOException {
        assertEquals(CASES, InteropCase.all().size());
        try (InteropServer server = InteropServer.cleartext()) {
            assertAllPass(() -> GrpcClients.cleartext(server.port()), server, 1);
        }
    }

    @Test
    void overCleartext() throws IOException {
        try (InteropServer server = InteropServer.cleartext()) {
            TestGateway gateway = start(TestConfig.forwarding(Protocol.H2C, server.port()));
            assertAllPass(() -> GrpcClients.cleartext(gateway.port()), server, ROUNDS);
        }
    }

    @Test
    void overTlsToACleartextServer() throws IOException {
        try (InteropServer server = InteropServer.cleartext()) {
            TestGateway gateway = start(terminatingTls(Protocol.H2C, server.port()));
            assertAllPass(() -> GrpcClients.tls(gateway.port()), server, ROUNDS);
        }
    }

    @Test
    void overTlsToATlsServer() throws IOException {
        try (InteropServer server = InteropServer.tls(LEAF)) {
            TestGateway gateway = start(terminatingTls(Protocol.H2, server.port()));
            assertAllPass(() -> GrpcClients.tls(gateway.port()), server, ROUNDS);
        }
    }

    @Test
    void throughTwoGateways() throws IOException {
        try (InteropServer server = InteropServer.cleartext()) {
            TestGateway second = start(terminatingTls(Protocol.H2C, server.port()));
            TestGateway first = start(TestConfig.forwarding(Protocol.H2, second.port()));
            assertAllPass(() -> GrpcClients.cleartext(first.port()), server, ROUNDS);
        }
    }

    @Test
    void whileTheConfigurationIsReloaded() throws IOException {
        try (InteropServer server = InteropServer.cleartext()) {
            EverChanging source = new EverChanging(server.port());
            TestGateway gateway = gateways.start(TestGateway.bootstrap(TestGateway.LOOPS), source, extensions());
            int before = source.loaded.get();
            assertAllPass(() -> GrpcClients.cleartext(gateway.port()), server, ROUNDS);
            assertTrue(source.loaded.get() >= before + ROUNDS, () -> source.loaded + " (expected: one each second)");
        }
    }

    private static GatewayConfig terminatingTls(Protocol protocol, int port) {
        return TestConfig.create()
                .https("https", "leaf")
                .certificate("leaf", LEAF)
                .backend("app", protocol, port)
                .route("/", "app")
                .build();
    }

    private TestGateway start(GatewayConfig config) {
        return gateways.start(TestGateway.bootstrap(TestGateway.LOOPS), config, extensions());
    }

    private static Extensions extensions() {
        return new Extensions(
                List.of(new GrpcReply()),
                List.of(),
                List.of(new GrpcProtocol(new GrpcMetrics())),
                List.of(),
                List.of());
    }

    private static void assertAllPass(Supplier<NettyChannelBuilder> client, InteropServer server, int rounds) {
        Map<String, List<Throwable>> failures = new LinkedHashMap<>();
        for (int round = 1; round <= rounds; round++) {
            InteropCase.all().forEach((name, body) -> {
                try {
                    InteropCase.run(body, client, server);
                } catch (Throwable e) {
                    failures.computeIfAbsent(name, first -> new ArrayList<>()).add(e);
                }
            });
        }
        if (!failures.isEmpty()) {
            AssertionError error = new AssertionError("failed: " + failures);
            failures.values().forEach(all -> all.forEach(error::addSuppressed));
            throw error;
        }
    }

    /** Has changed whenever it is asked, each time with another table of routes. */
    private static final class EverChanging implements ConfigSource {

        private final int port;
        private final AtomicInteger loaded = new AtomicInteger();

        EverChanging(int port) {
            this.port = port;
        }

        @Override
        public ConfigResult load() {
            GatewayConfig config = TestConfig.create()
                    .http("http")
                    .backend("app", Protocol.H2C, port)
                    .route("/", "app")
                    .route("/version-" + loaded.incrementAndGet(), "app")
                    .build();
            return new ConfigResult.Accepted(config, List.of());
        }

        @Override
        public boolean changed() {
            return true;
        }
    }
}
