package dev.sluice.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.sluice.config.Defaults;
import dev.sluice.spi.CallCount;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GrpcMetricsTest {

    private final GrpcMetrics metrics = new GrpcMetrics();

    @Test
    void showsWhatCallsHaveComeTo() {
        GrpcMethod method = metrics.answered("/a.b.Service/Call");
        assertSame(method, metrics.known("/a.b.Service/Call"));
        method.started(1_000);
        method.started(2_000);
        method.started(3_000);
        method.handled(GrpcStatus.OK, 7, 1, 5);
        method.handled(GrpcStatus.UNAVAILABLE, 7, 1, 0);
        assertEquals(List.of(new CallCount("a.b.Service", "Call", 3, 1, 1, 2, 5, 500)), metrics.methods(3_500));
    }

    @Test
    void noMoreMethodsThanTheLimit() {
        for (int i = 0; i < Defaults.MAX_GRPC_METHODS; i++) {
            assertEquals("M" + i, metrics.answered("/Service/M" + i).name());
        }
        assertSame(metrics.other(), metrics.answered("/Service/More"));
        assertNull(metrics.known("/Service/More"));
        assertEquals("M7", metrics.answered("/Service/M7").name());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/Service", "/Service/", "//Method", "/a/b/c", "*", "Service/Method"})
    void whatIsNoMethodHasNoFiguresOfItsOwn(String path) {
        assertSame(metrics.other(), metrics.answered(path));
        assertEquals(List.of(), metrics.methods(0));
    }

    @Test
    void longNamesHaveNoFiguresOfTheirOwn() {
        String longest = "/Service/" + "M".repeat(Defaults.MAX_GRPC_METHOD_CHARS - 9);
        assertEquals("Service", metrics.answered(longest).service());
        assertSame(metrics.other(), metrics.answered(longest + "M"));
    }
}
