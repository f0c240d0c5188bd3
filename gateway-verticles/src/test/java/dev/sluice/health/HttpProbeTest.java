package dev.sluice.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.UpstreamTerms.HealthCheck;
import dev.sluice.upstream.Endpoint;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HttpProbeTest {

    private static String authority(@Nullable String host, String name, int port) {
        HealthCheck check = new HealthCheck(
                HealthCheck.Type.HTTP,
                "/",
                host,
                List.of(),
                "",
                port,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                1,
                1);
        Endpoint target = RequestProbe.target(check, new Endpoint(name, "127.0.0.1", 8080));
        return RequestProbe.authority(check, target).toString();
    }

    @Test
    void namesTheEndpointUnlessThePolicyNamesAHost() {
        assertEquals("app.test:8080", authority(null, "app.test", 0));
        assertEquals("app.test:81", authority(null, "app.test", 81));
        assertEquals("[::1]:8080", authority(null, "::1", 0));
        assertEquals("probe.test", authority("probe.test", "app.test", 0));
        assertEquals("probe.test:99", authority("probe.test:99", "app.test", 81));
    }
}
