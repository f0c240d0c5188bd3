package dev.sluice.config.load;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** TrafficPolicies: that their targets exist, and that each has one policy. */
final class TrafficPolicyCheck {

    private final Resources resources;
    private final Problems problems;
    private final Map<String, Field> targets = new HashMap<>();

    TrafficPolicyCheck(Resources resources, Problems problems) {
        this.resources = resources;
        this.problems = problems;
    }

    void check() {
        for (Resource policy : resources.all(Kind.TRAFFIC_POLICY)) {
            policy.spec().at("targetRefs").items().forEach(this::checkTarget);
        }
    }

    private void checkTarget(Field target) {
        if (List.of("group", "kind", "namespace").stream().anyMatch(name -> problems.has(target.at(name)))) {
            return; // it was not meant to be this route
        }
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
        Field first = targets.putIfAbsent(route.key() + "#" + (name == null ? "" : name), target);
        if (first != null) {
            problems.add(
                    target,
                    "HTTPRoute " + route.key() + (name == null ? "" : " rule \"" + name + "\"")
                            + " already has a TrafficPolicy (first: " + first.place() + ")");
        }
    }
}
