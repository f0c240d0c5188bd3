package dev.sluice.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Bootstrap;
import dev.sluice.config.GatewayConfig;
import dev.sluice.spi.ConfigSource;
import dev.sluice.spi.Extensions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives each test its gateways and, when it is over, demands that nothing is left of it: no exchange in flight, no
 * leaked buffer.
 *
 * <p>Register it as a field with {@code RegisterExtension} and start gateways with, for example,
 * {@code gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()))}.
 */
public final class GatewayExtension implements BeforeEachCallback, AfterEachCallback {

    /** The class whose tests have collected last: what is found next is its own, since tests run one by one. */
    private static @Nullable Class<?> collectedFor;

    private final List<TestGateway> running = new ArrayList<>();

    /** Starts a gateway that lives to the end of the test. */
    public TestGateway start(GatewayConfig config) {
        return keep(TestGateway.start(config));
    }

    /** Starts a gateway that lives to the end of the test. */
    public TestGateway start(Bootstrap bootstrap, GatewayConfig config, Extensions extensions) {
        return keep(TestGateway.start(bootstrap, config, extensions));
    }

    /** Starts a gateway with a source of the test's own that lives to the end of the test. */
    public TestGateway start(Bootstrap bootstrap, ConfigSource source, Extensions extensions) {
        return keep(TestGateway.start(bootstrap, source, extensions));
    }

    /** Starts a gateway that asks this name server and lives to the end of the test. */
    public TestGateway start(GatewayConfig config, DnsServer dns) {
        return keep(TestGateway.start(
                TestGateway.bootstrap(TestGateway.LOOPS), config, Extensions.NONE, List.of(dns.address())));
    }

    private TestGateway keep(TestGateway gateway) {
        running.add(gateway);
        return gateway;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        NettyLeaks.watch();
        Class<?> asking = context.getRequiredTestClass();
        if (!asking.equals(collectedFor)) {
            var unusedOthers = NettyLeaks.collect();
            collectedFor = asking;
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        AssertionError busy = null;
        for (TestGateway gateway : running) {
            try {
                if (context.getExecutionException().isEmpty()) {
                    gateway.awaitIdle();
                }
            } catch (AssertionError e) {
                busy = e;
            } finally {
                gateway.close();
            }
        }
        running.clear();
        if (busy != null) {
            throw busy;
        }
        if (context.getExecutionException().isEmpty()) {
            assertEquals(List.of(), NettyLeaks.collect(), "leaks that Netty has found");
        }
    }
}
