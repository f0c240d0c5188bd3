package dev.sluice.config.load;

import dev.sluice.config.Defaults;
import dev.sluice.config.UpstreamTerms;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.HostAndPort;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What a TrafficPolicy says: values that must fit together, and those that are of no effect. */
final class TrafficTermsCheck {

    private static final List<String> HASHING = List.of("RingHash", "Maglev");

    /** The types of probes that have a use for a field. */
    private static final Map<String, List<String>> PROBE_FIELDS = Map.of(
            "path", List.of("HTTP"),
            "expectedStatuses", List.of("HTTP"),
            "host", List.of("HTTP", "GRPC"),
            "service", List.of("GRPC"));

    private final Resources resources;
    private final SecretFiles secrets;
    private final Problems problems;

    TrafficTermsCheck(Resources resources, SecretFiles secrets, Problems problems) {
        this.resources = resources;
        this.secrets = secrets;
        this.problems = problems;
    }

    void check(Field spec) {
        checkRetry(spec);
        checkBalancer(spec.at("loadBalancer"));
        checkProbe(spec.at("healthCheck"));
        checkOutliers(spec.at("outlierDetection"));
        Field concurrency = spec.at("adaptiveConcurrency");
        Field min = concurrency.at("min");
        Field max = concurrency.at("max");
        checkOrder(
                min,
                min.number(Defaults.MIN_CONCURRENCY),
                max,
                max.number(Defaults.MAX_CONCURRENCY),
                String::valueOf,
                true);
    }

    private void checkRetry(Field spec) {
        Field retry = spec.at("retry");
        checkDurations(
                retry.at("baseBackoff"),
                Defaults.RETRY_BASE_BACKOFF,
                retry.at("maxBackoff"),
                Defaults.RETRY_MAX_BACKOFF,
                true);
        Field perTry = retry.at("perTryTimeout");
        if (perTry.text() != null && !problems.has(perTry)) {
            Duration timeout = Durations.parse(perTry.text(""));
            spec.at("targetRefs").items().forEach(target -> checkShorter(perTry, timeout, target));
        }
    }

    /** A warning only, since a policy may be meant for many routes. */
    private void checkShorter(Field perTry, Duration timeout, Field target) {
        String section = target.at("sectionName").text();
        for (Field rule : TrafficPolicyCheck.rules(target, resources)) {
            boolean isMeant = section == null || section.equals(rule.at("name").text());
            Field request = rule.at("timeouts").at("request");
            if (isMeant && request.text() != null && !problems.has(request)) {
                Duration whole = Durations.parse(request.text(""));
                if (!whole.isZero() && timeout.compareTo(whole) >= 0) {
                    problems.warn(
                            perTry,
                            Wording.show(perTry.value()) + " never ends a try, since a request of HTTPRoute "
                                    + References.key(target) + " has " + request.text() + " for all its tries (at "
                                    + request.place() + ")");
                    return;
                }
            }
        }
    }

    private void checkBalancer(Field balancer) {
        Field type = balancer.at("type");
        Field hashOn = balancer.at("hashOn");
        List<Field> parts = hashOn.items();
        if (!problems.has(type)) {
            boolean isHashing = HASHING.contains(type.text(""));
            if (!isHashing && !parts.isEmpty()) {
                String name = type.text(EffectiveUpstreamTerms.type(
                        UpstreamTerms.DEFAULT.balancing().policy()));
                problems.addKey(
                        hashOn, "type " + name + " hashes nothing (expected: type: RingHash or Maglev, or no hashOn)");
            } else if (isHashing && parts.isEmpty() && !problems.has(hashOn)) {
                problems.warn(type, type.text() + " without hashOn places requests at random");
            }
        }
        for (Field part : parts) {
            int size = part.value() instanceof JsonObject fields ? fields.size() : 1;
            if (size != 1) {
                problems.add(part, size + " fields (expected: one of header, cookie or sourceIP)");
            }
        }
        Field cookie = balancer.at("stickyCookie");
        if (cookie.at("key").exists() && cookie.at("keyFile").exists()) {
            problems.addKey(cookie.at("keyFile"), "key is given too (expected: one of the two)");
        } else {
            secrets.check(cookie.at("keyFile"));
        }
        if (balancer.at("preferZone").flag(false)
                && resources.all(Kind.BOOTSTRAP).stream()
                        .noneMatch(bootstrap -> bootstrap.spec().at("zone").exists())) {
            problems.warn(
                    balancer.at("preferZone"),
                    "the gateway's own zone is not known, so none is preferred (expected: a Bootstrap with zone)");
        }
    }

    private void checkProbe(Field probe) {
        Field type = probe.at("type");
        String name = type.text();
        if (name != null && !problems.has(type)) {
            PROBE_FIELDS.forEach((field, types) -> {
                if (probe.at(field).exists() && !types.contains(name)) {
                    problems.addKey(
                            probe.at(field),
                            "a " + name + " probe has no " + field + " (expected: type: " + Wording.or(types)
                                    + ", or no " + field + ")");
                }
            });
        }
        Field host = probe.at("host");
        String authority = host.text();
        if (authority != null && !problems.has(host) && HostAndPort.parseAuthority(authority, -1) == null) {
            problems.add(
                    host,
                    Wording.show(authority)
                            + " (expected: a host such as app.example.com, app.example.com:8080 or [2001:db8::1]:8080)");
        }
        checkDurations(
                probe.at("timeout"),
                Defaults.HEALTH_CHECK_TIMEOUT,
                probe.at("interval"),
                Defaults.HEALTH_CHECK_INTERVAL,
                false);
    }

    private void checkOutliers(Field outliers) {
        checkDurations(
                outliers.at("baseEjectionTime"),
                Defaults.OUTLIER_BASE_EJECTION,
                outliers.at("maxEjectionTime"),
                Defaults.OUTLIER_MAX_EJECTION,
                true);
        Field requests = outliers.at("successRateRequests");
        Field factor = outliers.at("successRateFactor");
        if (requests.exists() && !problems.has(factor) && factor.thousandths(0) == 0) {
            problems.warn(requests, "has no effect without successRateFactor");
        }
    }

    private void checkDurations(Field low, Duration lowDefault, Field high, Duration highDefault, boolean mayBeEqual) {
        if (!problems.has(low) && !problems.has(high)) {
            checkOrder(
                    low,
                    ResourceDecoder.duration(low, lowDefault),
                    high,
                    ResourceDecoder.duration(high, highDefault),
                    Durations::format,
                    mayBeEqual);
        }
    }

    /** Two values in order; what is wrong is said where one of them is written. */
    private <T extends Comparable<T>> void checkOrder(
            Field low, T lowValue, Field high, T highValue, Function<T, String> shown, boolean mayBeEqual) {
        int order = lowValue.compareTo(highValue);
        if (order < 0 || (order == 0 && mayBeEqual) || problems.has(low) || problems.has(high)) {
            return;
        }
        if (low.exists()) {
            problems.add(
                    low,
                    shown.apply(lowValue) + " (expected: " + (mayBeEqual ? "at most " : "less than ")
                            + Pointers.lastName(high.pointer()) + ", " + shown.apply(highValue) + ")");
        } else {
            problems.add(
                    high,
                    shown.apply(highValue) + " (expected: " + (mayBeEqual ? "at least " : "more than ")
                            + Pointers.lastName(low.pointer()) + ", " + shown.apply(lowValue) + ")");
        }
    }
}
