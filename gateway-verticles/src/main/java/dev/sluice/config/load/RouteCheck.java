package dev.sluice.config.load;

import dev.sluice.config.ResourceKey;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Routes: that they attach to something, and what their rules say. */
final class RouteCheck {

    private final Resources resources;
    private final References references;
    private final RuleCheck rules;
    private final GrpcRuleCheck grpcRules;
    private final Problems problems;

    RouteCheck(Resources resources, References references, Problems problems) {
        this.resources = resources;
        this.references = references;
        this.problems = problems;
        this.rules = new RuleCheck(references, new FilterCheck(references, problems), problems);
        this.grpcRules = new GrpcRuleCheck(resources, rules, problems);
    }

    void check() {
        check(Kind.HTTP_ROUTE);
        check(Kind.GRPC_ROUTE);
        for (Resource route : resources.all(Kind.GRPC_ROUTE)) {
            route.spec().at("rules").items().forEach(grpcRules::check);
        }
    }

    private void check(Kind kind) {
        for (Resource route : resources.all(kind)) {
            checkUnique(route.spec().at("hostnames").items(), "hostname");
            checkUnique(
                    route.spec().at("rules").items().stream()
                            .map(rule -> rule.at("name"))
                            .toList(),
                    "rule name");
            Set<String> parents = new HashSet<>();
            for (Field parent : route.spec().at("parentRefs").items()) {
                checkParent(route, parent, parents);
            }
            route.spec().at("rules").items().forEach(rule -> rules.check(rule, kind));
        }
    }

    private void checkUnique(List<Field> fields, String what) {
        Set<String> seen = new HashSet<>();
        for (Field field : fields) {
            String text = field.text();
            if (text != null && !seen.add(text)) {
                problems.add(field, "duplicate " + what + " " + Wording.show(text));
            }
        }
    }

    private void checkParent(Resource route, Field parent, Set<String> seen) {
        ResourceKey key = References.key(parent);
        Field section = parent.at("sectionName");
        Field port = parent.at("port");
        if (problems.has(parent.at("kind")) || problems.has(parent.at("group"))) {
            return;
        }
        if (!seen.add(key + "#" + section.text() + "#" + port.value())) {
            problems.add(parent, "duplicate parentRef to Gateway " + key);
            return;
        }
        Resource gateway = references.gateway(parent);
        if (gateway == null) {
            return;
        }
        List<Field> listeners = gateway.spec().at("listeners").items();
        listeners = onSection(listeners, section, key);
        listeners = onPort(listeners, port, key);
        if (listeners.isEmpty()) {
            return;
        }
        if (!key.namespace().equals(route.key().namespace())) {
            listeners =
                    listeners.stream().filter(RouteCheck::allowsAllNamespaces).toList();
            if (listeners.isEmpty()) {
                problems.add(
                        parent,
                        "Gateway " + key + " does not allow routes from namespace "
                                + route.key().namespace()
                                + " (expected: allowedRoutes.namespaces.from: All on a listener)");
                return;
            }
        }
        warnWhenNothingMatches(route, parent, listeners);
    }

    private List<Field> onSection(List<Field> listeners, Field section, ResourceKey gateway) {
        String name = section.text();
        if (name == null) {
            return listeners;
        }
        List<Field> found = listeners.stream()
                .filter(listener -> name.equals(listener.at("name").text()))
                .toList();
        if (found.isEmpty() && areSound(listeners, "name", problems)) {
            problems.add(section, noSuchListener(name, gateway, listeners));
        }
        return found;
    }

    /** The sentence for a {@code sectionName} that names nothing. */
    static String noSuchListener(String name, ResourceKey gateway, List<Field> listeners) {
        List<String> names =
                listeners.stream().map(listener -> listener.at("name").text("")).toList();
        return "Gateway " + gateway + " has no listener \"" + name + "\"" + Wording.hint(name, names);
    }

    /** Whether a value can be missed among listeners: none of them lacks it because of a problem of its own. */
    static boolean areSound(List<Field> listeners, String field, Problems problems) {
        return !listeners.isEmpty()
                && listeners.stream().noneMatch(listener -> problems.has(listener) || problems.has(listener.at(field)));
    }

    private List<Field> onPort(List<Field> listeners, Field port, ResourceKey gateway) {
        if (!port.exists() || listeners.isEmpty()) {
            return listeners;
        }
        List<Field> found = listeners.stream()
                .filter(listener -> listener.at("port").number(-1) == port.number(0))
                .toList();
        if (found.isEmpty() && areSound(listeners, "port", problems)) {
            String ports = listeners.stream()
                    .map(listener -> String.valueOf(listener.at("port").value()))
                    .collect(Collectors.joining(", "));
            problems.add(
                    port, port.value() + " is no listener's port of Gateway " + gateway + " (expected: " + ports + ")");
        }
        return found;
    }

    private static boolean allowsAllNamespaces(Field listener) {
        return "All"
                .equals(listener.at("allowedRoutes").at("namespaces").at("from").text());
    }

    private void warnWhenNothingMatches(Resource route, Field parent, List<Field> listeners) {
        List<Field> hostnames = route.spec().at("hostnames").items();
        boolean isReachable = hostnames.isEmpty()
                || listeners.stream().anyMatch(listener -> hostnames.stream()
                        .anyMatch(hostname -> intersect(listener.at("hostname").text(), hostname.text(""))));
        if (!isReachable) {
            String names = listeners.stream()
                    .map(listener -> listener.at("hostname").text("*"))
                    .distinct()
                    .collect(Collectors.joining(", "));
            problems.warn(
                    parent,
                    "no request can reach the route here: none of its hostnames is one of the listeners' (" + names
                            + ")");
        }
    }

    /** Whether a listener's hostname (null for every one) and a route's have names in common. */
    static boolean intersect(@Nullable String listener, String route) {
        return listener == null || covers(listener, route) || covers(route, listener);
    }

    private static boolean covers(String pattern, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return pattern.startsWith("*.")
                ? lower.endsWith(pattern.substring(1)) && lower.length() > pattern.length() - 1
                : pattern.equals(lower);
    }
}
