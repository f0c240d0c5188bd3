package dev.sluice.config.load;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** TrafficPolicies: that their targets exist and have a use for what is said, and that each has one policy. */
final class TrafficPolicyCheck {

    private static final String GATEWAY_API = "gateway.networking.k8s.io";
    private static final String SLUICE = "sluice.dev";

    private static final List<String> OF_ROUTES = List.of("limits", "timeouts", "connect", "retry");
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
    private final Problems problems;
    private final Map<String, Field> targets = new HashMap<>();

    TrafficPolicyCheck(Resources resources, SecretFiles secrets, Problems problems) {
        this.resources = resources;
        this.terms = new TrafficTermsCheck(resources, secrets, problems);
        this.problems = problems;
    }

    void check() {
        for (Resource policy : resources.all(Kind.TRAFFIC_POLICY)) {
            Field spec = policy.spec();
            checkUse(spec, Kind.HTTP_ROUTE, GATEWAY_API, "routes", OF_ROUTES);
            checkUse(spec, Kind.BACKEND, SLUICE, "Backends", OF_BACKENDS);
            spec.at("targetRefs").items().forEach(this::checkTarget);
            terms.check(spec);
        }
    }

    /** That fields for one kind of targets have such a target. */
    private void checkUse(Field spec, Kind kind, String group, String plural, List<String> fields) {
        List<Field> references = spec.at("targetRefs").items();
        boolean areKnown = !references.isEmpty()
                && references.stream()
                        .allMatch(target -> target.at("kind").text() != null && !problems.has(target.at("kind")));
        if (!areKnown || references.stream().anyMatch(target -> isOf(target, kind))) {
            return;
        }
        for (String name : fields) {
            Field field = spec.at(name);
            if (field.exists()) {
                problems.addKey(
                        field,
                        name + " is for " + plural + " (expected: a targetRef with group: " + group + " and kind: "
                                + kind.title() + ")");
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
        } else if (hasGroup(target, GATEWAY_API, Kind.HTTP_ROUTE)) {
            checkRoute(target);
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

    private void checkRoute(Field target) {
        Resource route = resources.require(Kind.HTTP_ROUTE, References.key(target), target.at("name"), problems);
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
                        "HTTPRoute " + route.key() + " has no rule \"" + name + "\""
                                + (names.isEmpty() ? " (none of its rules has a name)" : Wording.hint(name, names)));
            }
            return;
        }
        checkFirst(target, "HTTPRoute " + route.key() + (name == null ? "" : " rule \"" + name + "\""));
    }

    private void checkFirst(Field target, String what) {
        Field first = targets.putIfAbsent(what, target);
        if (first != null) {
            problems.add(target, what + " already has a TrafficPolicy (first: " + first.place() + ")");
        }
    }

    static boolean isOf(Field target, Kind kind) {
        return kind.title().equals(target.at("kind").text());
    }
}
