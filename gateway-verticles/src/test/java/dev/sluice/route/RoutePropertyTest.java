package dev.sluice.route;

import static dev.sluice.testkit.RouteConfigs.config;
import static dev.sluice.testkit.RouteConfigs.gateway;
import static dev.sluice.testkit.RouteConfigs.key;
import static dev.sluice.testkit.RouteConfigs.listener;
import static dev.sluice.testkit.RouteConfigs.parent;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.GatewayConfig;
import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpMatch.PathMatch;
import dev.sluice.config.HttpMatch.ValueMatch;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRule;
import dev.sluice.config.Listener;
import dev.sluice.testkit.RequestLine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random routes and requests: the indexes and the brute-force reading of the rules always agree. */
class RoutePropertyTest {

    private static final int CONFIGS = 200;
    private static final int REQUESTS = 100;

    // Few values, so that ties, overlaps and near misses are the rule.
    private static final List<String> HOSTNAMES =
            List.of("a.com", "x.a.com", "y.x.a.com", "b.org", "*.a.com", "*.x.a.com", "*.com", "*.org", "*.y.x.a.com");
    private static final List<String> HOSTS =
            List.of("", "a.com", "x.a.com", "y.x.a.com", "z.y.x.a.com", "b.org", "c.org", "com", "xa.com", "a.net");
    private static final List<String> SEGMENTS = List.of("a", "b", "ab", "%61", "");
    private static final List<String> EXPRESSIONS =
            List.of("/a.*", "/[ab]+", "/a/[^/]*", "/.*b", "/", "/(a|b)/.+", "/ab", "/b?/a");
    private static final List<String> METHODS = List.of("GET", "POST", "PUT");
    private static final List<String> NAMES = List.of("h", "i", "j");
    private static final List<String> VALUES = List.of("1", "2", "a b", "é");
    private static final List<String> WRITTEN = List.of("1", "%31", "2", "a+b", "a%20b", "%C3%A9", "%c3%a9", "3", "");

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 5, 8})
    void indexesAgreeWithBruteForce(long seed) {
        Random random = new Random(seed);
        int taken = 0;
        for (int i = 0; i < CONFIGS; i++) {
            GatewayConfig config = randomConfig(random);
            BindRoutes routes = RouteCompiler.compile(config, 1).binds().get(0).routes();
            NaiveMatcher naive = new NaiveMatcher(config);
            for (int j = 0; j < REQUESTS; j++) {
                RequestLine request = randomRequest(random);
                CompiledMatch match = routes.match(request);
                String rule = match == null ? null : match.rule().name();
                assertEquals(naive.match(request), rule, () -> request + "\n" + config);
                taken += match == null ? 0 : 1;
            }
        }
        // Neither everything nor nothing matches, or the test would show little.
        assertTrue(taken > CONFIGS * REQUESTS / 10 && taken < CONFIGS * REQUESTS * 9 / 10, "taken: " + taken);
    }

    private static GatewayConfig randomConfig(Random random) {
        List<Listener> listeners = new ArrayList<>();
        for (String hostname : sample(random, HOSTNAMES, 3)) {
            listeners.add(listener("l" + listeners.size(), 80, hostname));
        }
        if (listeners.isEmpty() || random.nextBoolean()) {
            listeners.add(listener("all", 80, null));
        }
        List<HttpRoute> routes = new ArrayList<>();
        for (int i = 1 + random.nextInt(random.nextInt(4) == 0 ? 60 : 8); i > 0; i--) {
            String section = random.nextInt(3) == 0 ? "l" + random.nextInt(3) : null;
            List<HttpRule> rules = new ArrayList<>();
            for (int j = 1 + random.nextInt(3); j > 0; j--) {
                List<HttpMatch> matches = new ArrayList<>();
                for (int k = 1 + random.nextInt(3); k > 0; k--) {
                    matches.add(randomMatch(random));
                }
                rules.add(new HttpRule(null, matches, List.of(), List.of(), null, null));
            }
            routes.add(
                    new HttpRoute(key("r" + i), List.of(parent("g", section, 0)), sample(random, HOSTNAMES, 3), rules));
        }
        return config(List.of(gateway("g", listeners.toArray(Listener[]::new))), routes);
    }

    private static HttpMatch randomMatch(Random random) {
        PathMatch.Type type = pick(random, List.of(PathMatch.Type.values()));
        String path = type == PathMatch.Type.REGULAR_EXPRESSION ? pick(random, EXPRESSIONS) : randomPath(random);
        return new HttpMatch(
                new PathMatch(type, path),
                random.nextInt(4) == 0 ? pick(random, METHODS) : null,
                random.nextInt(3) == 0 ? randomConditions(random) : List.of(),
                random.nextInt(3) == 0 ? randomConditions(random) : List.of());
    }

    private static List<ValueMatch> randomConditions(Random random) {
        return sample(random, NAMES, 2).stream()
                .map(name -> random.nextInt(4) == 0
                        ? new ValueMatch(ValueMatch.Type.REGULAR_EXPRESSION, name, "[12]|a.b")
                        : new ValueMatch(ValueMatch.Type.EXACT, name, pick(random, VALUES)))
                .toList();
    }

    private static RequestLine randomRequest(Random random) {
        Map<String, String> headers = new HashMap<>();
        for (String name : sample(random, NAMES, 3)) {
            headers.put(name, pick(random, VALUES));
        }
        StringBuilder target = new StringBuilder(randomPath(random));
        for (int i = random.nextInt(4); i > 0; i--) {
            target.append(target.indexOf("?") < 0 ? '?' : '&').append(pick(random, NAMES));
            if (random.nextInt(5) > 0) {
                target.append('=').append(pick(random, WRITTEN));
            }
        }
        return new RequestLine(pick(random, METHODS), pick(random, HOSTS), target.toString(), headers);
    }

    private static String randomPath(Random random) {
        StringBuilder path = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            path.append('/').append(pick(random, SEGMENTS));
        }
        return path.toString();
    }

    private static <T> T pick(Random random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    /** Up to {@code most} distinct elements. */
    private static <T> List<T> sample(Random random, List<T> from, int most) {
        return random.ints(random.nextInt(most + 1), 0, from.size())
                .distinct()
                .mapToObj(from::get)
                .toList();
    }
}
