package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.FilterSpec.Custom;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The example of docs/filters.md on what a filter sees of a connection, in a running gateway. */
final class GuessLimitFilterTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @Test
    void theLastGuessEndsTheConnection() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.respond(401, Map.of(), "no"))) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route(TestConfig.rule("/")
                            .filter(new Custom(
                                    TestConfig.key("guesses"),
                                    GuessLimitFilter.Factory.class.getName(),
                                    new JsonObject().put("limit", 2)))
                            .to("app"))
                    .build());
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                RawResponse first = client.get("/");
                assertEquals(401, first.status());
                assertTrue(String.valueOf(first.header("x-upstream-micros")).matches("\\d+"));
                RawResponse last = client.get("/");
                assertEquals("close", last.header("connection"));
                assertEquals("no", last.text());
                client.awaitClosed();
            }
            assertEquals(2, upstream.received().size());
        }
    }
}
