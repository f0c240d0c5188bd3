package dev.sluice.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.FilterSpec.RateLimit;
import dev.sluice.config.RateLimitTerms;
import dev.sluice.config.RateLimitTerms.KeySource;
import dev.sluice.config.RateLimitTerms.LimitKey;
import dev.sluice.config.RateLimitTerms.Mode;
import dev.sluice.config.RateLimitTerms.OnClusterLoss;
import dev.sluice.config.RateLimitTerms.Quota;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GrpcRateLimitTest {

    @Test
    @Row("E3.2")
    void aCallBeyondTheLimitIsResourceExhausted() throws IOException {
        RateLimit limit = new RateLimit(
                TestConfig.key("calls"),
                new RateLimitTerms(
                        List.of(new RateLimitTerms.Rule(
                                new LimitKey(KeySource.ROUTE, "", false), new Quota(1, Duration.ofHours(1), 1))),
                        Mode.LOCAL,
                        OnClusterLoss.LOCAL_SHARE,
                        true));
        try (UpstreamServer upstream = UpstreamServer.h2c(
                        Scripts.respond(200, Map.of("content-type", "application/grpc", "grpc-status", "0"), ""));
                TestGateway gateway = TestGateway.start(
                        TestGateway.bootstrap(TestGateway.LOOPS),
                        TestConfig.create()
                                .http("grpc")
                                .backend("app", Protocol.H2C, upstream.port())
                                .grpcRoute(TestConfig.rule("/").filter(limit).to("app"))
                                .build(),
                        GrpcWire.extensions());
                RawH2Client client = RawH2Client.connect(gateway.port())) {
            assertEquals(
                    200,
                    client.send(GrpcWire.call("/a.B/C"), GrpcWire.message("x")).status());
            RawH2Stream refused = client.open(GrpcWire.call("/a.B/C"), true);
            H2Frame.Headers only = refused.nextHeaders();
            assertEquals(200, only.status());
            assertEquals("8", only.get("grpc-status"));
            assertEquals("Too many requests", only.get("grpc-message"));
            assertEquals("3600", only.get("retry-after"));
            assertEquals("\"calls\";r=0;t=3600", only.get("ratelimit"));
            assertEquals(1, upstream.received().size());
        }
    }
}
