package dev.sluice.route;

import com.google.re2j.Pattern;
import dev.sluice.config.Gateway;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpMatch.PathMatch;
import dev.sluice.config.HttpMatch.ValueMatch;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRule;
import dev.sluice.config.Listener;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@link RouteCompiler} documents, by brute force: collect everything that matches, sort by the rules, take the
 * first. Knows one gateway, whose listeners share a port and have distinct hostnames. Shares no code with the indexes.
 */
final class NaiveMatcher {

    private final GatewayConfig config;
    private final Map<String, Pattern> patterns = new HashMap<>();

    NaiveMatcher(GatewayConfig config) {
        this.config = config;
    }

    private record Hit(String rule, String hostname, HttpMatch match, int order) {}

    /** The name of the rule that takes the request; null for none. */
    @Nullable
    String match(RequestHead head) {
        Gateway gateway = config.gateways().get(0);
        Listener listener = gateway.listeners().stream()
                .filter(it -> takes(it.hostname(), head.host()))
                .min(Comparator.comparing(it -> rank(it.hostname())))
                .orElse(null);
        if (listener == null) {
            return null;
        }
        List<Hit> hits = new ArrayList<>();
        int order = 0;
        for (HttpRoute route : config.routes()) {
            boolean attached = route.parentRefs().stream()
                    .anyMatch(ref ->
                            ref.sectionName() == null || ref.sectionName().equals(listener.name()));
            for (int i = 0; i < route.rules().size(); i++) {
                HttpRule rule = route.rules().get(i);
                for (HttpMatch match : rule.matches()) {
                    order++;
                    if (attached && takes(match, head)) {
                        if (route.hostnames().isEmpty()) {
                            hits.add(new Hit(route.key() + "[" + i + "]", "", match, order));
                        }
                        for (String hostname : route.hostnames()) {
                            if (takes(hostname, head.host())) {
                                hits.add(new Hit(route.key() + "[" + i + "]", hostname, match, order));
                            }
                        }
                    }
                }
            }
        }
        hits.sort(Comparator.comparing((Hit hit) -> rank(hit.hostname))
                .thenComparing(hit -> List.of(
                                PathMatch.Type.EXACT, PathMatch.Type.REGULAR_EXPRESSION, PathMatch.Type.PATH_PREFIX)
                        .indexOf(hit.match.path().type()))
                .thenComparing(hit -> -pathCharacters(hit.match))
                .thenComparing(hit -> hit.match.method() == null ? 1 : 0)
                .thenComparing(hit -> -hit.match.headers().size())
                .thenComparing(hit -> -hit.match.queryParams().size())
                .thenComparing(hit -> hit.order));
        return hits.isEmpty() ? null : hits.get(0).rule;
    }

    /** Smaller is more specific: exact names, then wildcards by length, then none. */
    private static int rank(@Nullable String hostname) {
        if (hostname == null || hostname.isEmpty()) {
            return 1000;
        }
        return hostname.startsWith("*") ? 500 - hostname.length() : 0;
    }

    private static int pathCharacters(HttpMatch match) {
        String value = match.path().value();
        return value.length() - (match.path().type() == PathMatch.Type.PATH_PREFIX && value.endsWith("/") ? 1 : 0);
    }

    private static boolean takes(@Nullable String hostname, String host) {
        if (hostname == null) {
            return true;
        }
        return hostname.startsWith("*.")
                ? host.length() > hostname.length() - 1 && host.endsWith(hostname.substring(1))
                : host.equals(hostname);
    }

    private boolean takes(HttpMatch match, RequestHead head) {
        return takesPath(match.path(), head.path())
                && (match.method() == null || match.method().equals(head.method()))
                && match.headers().stream().allMatch(it -> takes(it, head.header(it.name())))
                && match.queryParams().stream().allMatch(it -> takes(it, parameter(head.query(), it.name())));
    }

    private boolean takesPath(PathMatch match, String path) {
        if (match.type() == PathMatch.Type.EXACT) {
            return path.equals(match.value());
        }
        if (match.type() == PathMatch.Type.REGULAR_EXPRESSION) {
            return pattern(match.value()).matches(path);
        }
        String prefix = match.value().replaceFirst("/$", "");
        return path.equals(prefix) || path.startsWith(prefix + "/");
    }

    private boolean takes(ValueMatch match, @Nullable String value) {
        if (value == null) {
            return false;
        }
        return match.type() == ValueMatch.Type.EXACT
                ? value.equals(match.value())
                : pattern(match.value()).matches(value);
    }

    private Pattern pattern(String expression) {
        return patterns.computeIfAbsent(expression, Pattern::compile);
    }

    private static @Nullable String parameter(@Nullable String query, String name) {
        if (query != null) {
            for (String parameter : query.split("&", -1)) {
                String[] parts = parameter.split("=", 2);
                if (URLDecoder.decode(parts[0], StandardCharsets.UTF_8).equals(name)) {
                    return parts.length == 1 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8);
                }
            }
        }
        return null;
    }
}
