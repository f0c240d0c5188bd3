package dev.sluice.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.FilterSpec;
import dev.sluice.config.FilterSpec.Custom;
import dev.sluice.config.FilterSpec.RequestMirror;
import dev.sluice.config.ResourceKey;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CustomFiltersTest {

    private static final ResourceKey KEY = new ResourceKey("default", "greeting");

    /** A filter as a user writes it. */
    public static final class Greeting implements FilterFactory {
        @Override
        public HttpFilter create(JsonObject config) {
            String text = config.getString("text");
            if (text == null) {
                throw new IllegalArgumentException("/text: missing (expected: a string)");
            }
            return new HttpFilter() {
                @Override
                public void onResponse(FilterContext exchange) {
                    exchange.responseHeaders().set("greeting", text);
                }
            };
        }
    }

    /** Not creatable. */
    public static final class NoConstructor implements FilterFactory {
        NoConstructor(String argument) {
            assertTrue(argument.isEmpty());
        }

        @Override
        public HttpFilter create(JsonObject config) {
            return new HttpFilter() {};
        }
    }

    @Test
    void factoryMakesTheFilterFromItsConfiguration() {
        HttpFilter filter =
                BuiltInFilters.create(new Custom(KEY, Greeting.class.getName(), new JsonObject().put("text", "hi")));
        TestExchange exchange = new TestExchange();
        filter.onResponse(exchange);
        assertEquals("hi", exchange.responseHeaders.get("greeting"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "dev.sluice.filter.CustomFiltersTest$Greeting; refuses spec.config: /text: missing (expected: a string)",
                "no.such.Type; cannot be loaded (expected: a class on the class path): java.lang.ClassNotFoundException: no.such.Type",
                "java.lang.String; is no filter factory (expected: implements dev.sluice.filter.FilterFactory)",
                "dev.sluice.filter.CustomFiltersTest$NoConstructor; cannot be created (expected: a public class, a public constructor without arguments)",
            })
    void unfitFactoryIsRefused(String className, String why) {
        Custom spec = new Custom(KEY, className, new JsonObject());
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> BuiltInFilters.create(spec));
        assertEquals("Filter default/greeting: " + className + " " + why, refused.getMessage());
    }

    @Test
    void mirrorOfABackendRefIsRefused() {
        FilterSpec mirror = new RequestMirror(new ResourceKey("default", "v2"), 1, 1);
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> BuiltInFilters.create(mirror));
        assertEquals("RequestMirror in a backendRef (expected: in the rule's own filters)", refused.getMessage());
    }
}
