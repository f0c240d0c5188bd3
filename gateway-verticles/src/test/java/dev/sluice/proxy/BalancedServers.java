package dev.sluice.proxy;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Servers that say which they are, behind a gateway that chooses among them. */
abstract class BalancedServers {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    final List<UpstreamServer> upstreams = new ArrayList<>();

    private UpstreamServer upstream() {
        UpstreamServer server = UpstreamServer.http1(Scripts.text("server " + upstreams.size()));
        upstreams.add(server);
        return server;
    }

    void upstreams(int count) {
        for (int i = 0; i < count; i++) {
            upstream();
        }
    }

    @AfterEach
    void close() {
        upstreams.forEach(UpstreamServer::close);
    }

    /** The gateway's configuration with these of the servers. */
    TestConfig config(UnaryOperator<UpstreamTerms> terms, int... servers) {
        int[] ports = new int[servers.length];
        for (int i = 0; i < servers.length; i++) {
            ports[i] = upstreams.get(servers[i]).port();
        }
        return TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, ports)
                .upstreamTerms("app", terms)
                .route("/", "app");
    }

    static RawResponse get(int port, String... fields) throws IOException {
        try (RawHttp1 client = RawHttp1.connect(port)) {
            return get(client, fields);
        }
    }

    static RawResponse get(RawHttp1 client, String... fields) throws IOException {
        List<String> lines = new ArrayList<>(List.of("GET / HTTP/1.1", "host: app.example"));
        lines.addAll(List.of(fields));
        return client.sendHead(lines.toArray(String[]::new)).readResponse();
    }
}
