package dev.sluice.config.load;

import io.vertx.core.json.JsonObject;
import java.util.List;

/** RateLimits: values that must fit together. */
final class RateLimitCheck {

    private static final List<String> KEYS = List.of("clientIP", "header", "jwtClaim", "apiKey", "route");

    private final Resources resources;
    private final Problems problems;

    RateLimitCheck(Resources resources, Problems problems) {
        this.resources = resources;
        this.problems = problems;
    }

    void check(Resource limit) {
        for (Field rule : limit.spec().at("rules").items()) {
            checkKey(rule.at("key"));
            checkPer(rule.at("limit").at("per"));
        }
        Field mode = limit.spec().at("mode");
        if ("cluster".equals(mode.text())
                && resources.all(Kind.BOOTSTRAP).stream()
                        .noneMatch(bootstrap -> bootstrap.spec().at("cluster").exists())) {
            problems.warn(mode, "\"cluster\", but the node is in none (expected: a Bootstrap with cluster)");
        }
    }

    private void checkKey(Field key) {
        if (!(key.value() instanceof JsonObject fields) || problems.has(key)) {
            return;
        }
        long given = KEYS.stream().filter(fields::containsKey).count();
        if (given != 1) {
            problems.add(key, given + " keys (expected: one of " + String.join(", ", KEYS) + ")");
        }
        Field apiKey = key.at("apiKey");
        if (apiKey.value() instanceof JsonObject places && places.size() != 1 && !problems.has(apiKey)) {
            problems.add(apiKey, places.size() + " fields (expected: header or query)");
        }
        Field trust = key.at("trustUnverified");
        Field claim = key.at("jwtClaim");
        if (claim.exists() && !trust.flag(false)) {
            problems.add(
                    claim,
                    Wording.show(claim.value())
                            + " of a token that no filter verifies (expected: trustUnverified: true beside it, or another key)");
        } else if (trust.exists() && !claim.exists()) {
            problems.addKey(trust, "there is no claim to trust (expected: only beside jwtClaim)");
        }
    }

    private void checkPer(Field per) {
        if (per.text() != null
                && !problems.has(per)
                && Durations.parse(per.text("")).toMillis() % 1000 != 0) {
            problems.add(per, Wording.show(per.value()) + " (expected: whole seconds)");
        }
    }
}
