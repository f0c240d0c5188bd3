package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TraceContextTest {

    private static final String VALID = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @ParameterizedTest
    @CsvSource({
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, true",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02, true", // level 2's random flag
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings, true",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.what, false",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more, false",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, false",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01, false",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01, false",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01, false",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0, false",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, false",
        "xyz, false"
    })
    void knowsWellFormedParents(String parent, boolean valid) {
        assertEquals(valid, TraceContext.isValid(parent));
    }

    @Test
    void dropsTheStateOfATraceThatIsDropped() {
        MultiMap headers = HttpHeaders.headers().add("traceparent", "junk").add("tracestate", "a=b");
        TraceContext.validate(headers);
        assertFalse(headers.contains("traceparent"));
        assertFalse(headers.contains("tracestate"));

        MultiMap twice = HttpHeaders.headers()
                .add("traceparent", VALID)
                .add("traceparent", VALID)
                .add("tracestate", "a=b");
        TraceContext.validate(twice);
        assertFalse(twice.contains("traceparent"));
        assertFalse(twice.contains("tracestate"));
    }

    @Test
    void keepsAGoodOneWithAllOfItsState() {
        MultiMap headers = HttpHeaders.headers()
                .add("traceparent", VALID)
                .add("tracestate", "a=b")
                .add("tracestate", "c=d");
        TraceContext.validate(headers);
        assertEquals(VALID, headers.get("traceparent"));
        assertEquals(java.util.List.of("a=b", "c=d"), headers.getAll("tracestate"));
    }
}
