package dev.sluice.config.load;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** TrafficPolicies: that their targets exist and have a use for what is said, and that each has one policy. */
final class TrafficPolicyCheck {

    private static final String GATEWAY_API = "gateway.networking.k8s.io";
    private static final String SLUICE = "sluice.dev";

    private static final List<String> OF_ROUTES = List.of("limits", "timeouts", "connect", "retry", "grpc");
    private static final List<Kind> ROUTES = List.of(Kind.HTTP_ROUTE, Kind.GRPC_ROUTE);
    private static final List<String> OF_BACKENDS = List.of(
            "pool",
            "circuitBreaker",
            "retryBudget",
            "loadBalancer",
            "healthCheck",
            "outlierDetection",
            "adaptiveConcurrency");

    private final Resources resources;
    private final TrafficTermsCheck terms;
    private final GrpcTermsCheck grpc;
    private final Problems problems;
    private final Map<String, Field> targets = new HashMap<>();

    TrafficPolicyCheck(Resources resources, Inputs inputs, SecretFiles secrets, Problems problems) {
        this.resources = resources;
        this.terms = new TrafficTermsCheck(resources, secrets, problems);
        this.grpc = new GrpcTermsCheck(resources, inputs, problems);
        this.problems = problems;
    }

    void check() {
        for (Resource policy : resources.all(Kind.TRAFFIC_POLICY)) {
            Field spec = policy.spec();
            checkUse(spec, ROUTES, GATEWAY_API, "routes", OF_ROUTES);
            checkUse(spec, List.of(Kind.BACKEND), SLUICE, "Backends", OF_BACKENDS);
            spec.at("targetRefs").items().forEach(this::checkTarget);
            terms.check(spec);
            grpc.check(spec);
        }
    }

    /** That fields for one kind of targets have such a target. */
    private void checkUse(Field spec, List<Kind> kinds, String group, String plural, List<String> fields) {
        List<Field> references = spec.at("targetRefs").items();
        boolean areKnown = !references.isEmpty()
                && references.stream()
                        .allMatch(target -> target.at("kind").text() != null && !problems.has(target.at("kind")));
        if (!areKnown || references.stream().anyMatch(target -> kinds.stream().anyMatch(kind -> isOf(target, kind)))) {
            return;
        }
        for (String name : fields) {
            Field field = spec.at(name);
            if (field.exists()) {
                problems.addKey(
                        field,
                        name + " is for " + plural + " (expected: a targetRef with group: " + group + " and kind: "
                                + Wording.or(kinds.stream().map(Kind::title).toList()) + ")");
            }
        }
    }

    private void checkTarget(Field target) {
        if (List.of("group", "kind", "namespace").stream().anyMatch(name -> problems.has(target.at(name)))) {
            return; // it was not meant to be this route
        }
        if (isOf(target, Kind.BACKEND)) {
            if (hasGroup(target, SLUICE, Kind.BACKEND)) {
                checkBackend(target);
            }
            return;
        }
        Kind kind = isOf(target, Kind.GRPC_ROUTE) ? Kind.GRPC_ROUTE : Kind.HTTP_ROUTE;
        if (hasGroup(target, GATEWAY_API, kind)) {
            checkRoute(target, kind);
        }
    }

    private boolean hasGroup(Field target, String expected, Kind kind) {
        Field group = target.at("group");
        if (group.text() == null || expected.equals(group.text())) {
            return true;
        }
        problems.add(
                group, Wording.show(group.value()) + " (expected: " + expected + " for kind " + kind.title() + ")");
        return false;
    }

    private void checkBackend(Field target) {
        Field section = target.at("sectionName");
        if (section.exists()) {
            problems.addKey(section, "a Backend has no sections (expected: no sectionName)");
        }
        Resource backend = resources.require(Kind.BACKEND, References.key(target), target.at("name"), problems);
        if (backend != null) {
            checkFirst(target, "Backend " + backend.key());
        }
    }

    private void checkRoute(Field target, Kind kind) {
        Resource route = resources.require(kind, References.key(target), target.at("name"), problems);
        if (route == null || problems.has(target.at("sectionName"))) {
            return;
        }
        String name = target.at("sectionName").text();
        List<Field> rules = route.spec().at("rules").items();
        List<String> names = rules.stream()
                .map(rule -> rule.at("name").text(""))
                .filter(rule -> !rule.isEmpty())
                .toList();
        if (name != null && !names.contains(name)) {
            if (RouteCheck.areSound(rules, "name", problems)) {
                problems.add(
                        target.at("sectionName"),
                        kind.title() + " " + route.key() + " has no rule \"" + name + "\""
                                + (names.isEmpty() ? " (none of its rules has a name)" : Wording.hint(name, names)));
            }
            return;
        }
        checkFirst(target, kind.title() + " " + route.key() + (name == null ? "" : " rule \"" + name + "\""));
    }

    private void checkFirst(Field target, String what) {
        Field first = targets.putIfAbsent(what, target);
        if (first != null) {
            problems.add(target, what + " already has a TrafficPolicy (first: " + first.place() + ")");
        }
    }

    /** Those of the HTTPRoute that is targeted; none when another thing is. */
    static List<Field> rules(Field target, Resources resources) {
        Resource route = isOf(target, Kind.HTTP_ROUTE) ? resources.find(Kind.HTTP_ROUTE, References.key(target)) : null;
        return route == null ? List.of() : route.spec().at("rules").items();
    }

    static boolean isOf(Field target, Kind kind) {
        return kind.title().equals(target.at("kind").text());
    }
}
