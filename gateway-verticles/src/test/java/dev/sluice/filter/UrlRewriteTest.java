package dev.sluice.filter;

import static dev.sluice.config.FilterSpec.PathModifier.Type.REPLACE_FULL_PATH;
import static dev.sluice.config.FilterSpec.PathModifier.Type.REPLACE_PREFIX_MATCH;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.FilterSpec.PathModifier;
import dev.sluice.config.FilterSpec.UrlRewrite;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Gateway API's HTTPRouteRewriteHost and HTTPRouteRewritePath, and the table of {@code replacePrefixMatch}. */
class UrlRewriteTest {

    @ParameterizedTest
    @CsvSource({"/one, one.example.org", "/two, example.org", "/rewrite-host-and-modify-headers, test.example.org"})
    void httpRouteRewriteHost(String path, String hostname) {
        TestExchange exchange = TestExchange.at(path, "");
        exchange.authority = "rewrite.example";
        rewrite(exchange, hostname, null);
        assertEquals(hostname, exchange.authority);
        assertEquals(path, exchange.path);
    }

    @ParameterizedTest
    @CsvSource({
        "/prefix/one/two, /prefix/one, REPLACE_PREFIX_MATCH, /one, /one/two",
        "/strip-prefix/three, /strip-prefix, REPLACE_PREFIX_MATCH, /, /three",
        "/strip-prefix, /strip-prefix, REPLACE_PREFIX_MATCH, /, /",
        "/full/one/two, /full/one, REPLACE_FULL_PATH, /one, /one",
        "/full/rewrite-path-and-modify-headers/test, /full/rewrite-path-and-modify-headers, REPLACE_FULL_PATH, /test, /test",
        "/prefix/rewrite-path-and-modify-headers/one, /prefix/rewrite-path-and-modify-headers, REPLACE_PREFIX_MATCH, /prefix, /prefix/one",
    })
    void httpRouteRewritePath(String path, String prefix, PathModifier.Type type, String value, String rewritten) {
        TestExchange exchange = TestExchange.at(path, prefix);
        rewrite(exchange, null, new PathModifier(type, value));
        assertEquals(rewritten, exchange.path);
        assertEquals("gateway.test", exchange.authority);
    }

    /** The specification's table; matched prefixes have lost their trailing slash when the route was compiled. */
    @ParameterizedTest
    @CsvSource({
        "/foo/bar, /foo, /xyz, /xyz/bar",
        "/foo/bar, /foo, /xyz/, /xyz/bar",
        "/foo, /foo, /xyz, /xyz",
        "/foo/, /foo, /xyz, /xyz/",
        "/foo/bar, /foo, '', /bar",
        "/foo/, /foo, '', /",
        "/foo, /foo, '', /",
        "/foo/, /foo, /, /",
        "/foo, /foo, /, /",
        // and for the prefix "/"
        "/bar, '', /xyz, /xyz/bar",
        "/, '', /xyz/, /xyz/",
    })
    void replacePrefixMatch(String path, String prefix, String replacement, String modified) {
        TestExchange exchange = TestExchange.at(path, prefix);
        exchange.query = "a=1";
        rewrite(exchange, null, new PathModifier(REPLACE_PREFIX_MATCH, replacement));
        assertEquals(modified, exchange.path);
        assertEquals("a=1", exchange.query);
    }

    @Test
    void pathThatAnEarlierFilterMovedAwayFromThePrefixStays() {
        TestExchange exchange = TestExchange.at("/moved", "/foo");
        rewrite(exchange, null, new PathModifier(REPLACE_PREFIX_MATCH, "/xyz"));
        assertEquals("/moved", exchange.path);
    }

    @Test
    void asteriskFormHasNoPathToReplace() {
        TestExchange exchange = TestExchange.at("*", "");
        rewrite(exchange, null, new PathModifier(REPLACE_FULL_PATH, "/full"));
        assertEquals("*", exchange.path);
    }

    private static void rewrite(TestExchange exchange, @Nullable String hostname, @Nullable PathModifier path) {
        HttpFilter filter = BuiltInFilters.create(new UrlRewrite(hostname, path));
        assertEquals(FilterAction.CONTINUE, filter.onRequest(exchange));
        assertEquals(0, exchange.replies);
    }
}
