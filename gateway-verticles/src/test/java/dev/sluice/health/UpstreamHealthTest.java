package dev.sluice.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ResourceKey;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.HealthCheck;
import dev.sluice.observe.UpstreamCounters;
import dev.sluice.spi.ResolvedEndpoint;
import dev.sluice.spi.SoloCluster;
import dev.sluice.testkit.Eventually;
import dev.sluice.upstream.Endpoint;
import dev.sluice.upstream.EndpointView;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What breaks takes nothing else along. */
class UpstreamHealthTest {

    private static final Clock CLOCK = new Clock(() -> 0, () -> 0);

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        Eventually.get(vertx.close());
    }

    private static Backend backend(String name) {
        return new Backend(
                new ResourceKey("default", name), Protocol.HTTP, List.of(new EndpointAddress("10.0.0.1", 80)), null);
    }

    @Test
    void aBackendThatCannotBeJudgedDoesNotHoldUpTheOthers() {
        List<Backend> backends = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            backends.add(backend("app" + i));
        }
        Map<ResourceKey, List<EndpointView>> views = Eventually.get(Future.future(promise -> vertx.runOnContext(v -> {
            UpstreamHealth health = new UpstreamHealth(
                    vertx, CLOCK, new UpstreamCounters(), new SharedHealth(new SoloCluster(), CLOCK), () -> {});
            health.update(backends, key -> UpstreamTerms.DEFAULT, backend -> {
                if (backend.key().name().equals("app2")) {
                    throw new IllegalStateException("a bug");
                }
                return List.of(new ResolvedEndpoint("10.0.0.1", "10.0.0.1", 80, 1, 0, ""));
            });
            promise.complete(health.views());
        })));
        for (Backend backend : backends) {
            int expected = backend.key().name().equals("app2") ? 0 : 1;
            assertEquals(
                    expected,
                    views.getOrDefault(backend.key(), List.of()).size(),
                    backend.key().name());
        }
    }

    @Test
    void aProbeThatThrowsHasFailedAndTheNextOneComes() {
        List<String> results = new CopyOnWriteArrayList<>();
        HealthCheck check = new HealthCheck(
                HealthCheck.Type.HTTP, "/", null, List.of(), "", 0, Duration.ofMillis(10), Duration.ofMillis(10), 1, 1);
        Probe probe = (endpoint, timeout) -> {
            if (results.isEmpty()) {
                throw new IllegalStateException("a bug");
            }
            return Future.succeededFuture("well");
        };
        vertx.runOnContext(v -> new EndpointProbes(
                        vertx,
                        CLOCK,
                        new UpstreamCounters(),
                        probe,
                        check,
                        new Endpoint("10.0.0.1", "10.0.0.1", 80),
                        (begun, success, result) -> results.add(success + " " + result))
                .start());
        Eventually.holds("two probes", () -> results.size() >= 2);
        assertEquals(List.of("false a bug", "true well"), results.subList(0, 2));
    }
}
