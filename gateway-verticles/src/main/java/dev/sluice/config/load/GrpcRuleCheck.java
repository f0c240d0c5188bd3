package dev.sluice.config.load;

import dev.sluice.config.Backend;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a rule of a GRPCRoute says beyond one of an HTTPRoute: its methods, and Backends that can carry gRPC. */
final class GrpcRuleCheck {

    /** Those of a method's match, to tell a misspelt one. */
    private static final List<String> FIELDS = List.of("type", "service", "method");

    /** Gateway API's own patterns of exact names. */
    private static final Pattern SERVICE = Pattern.compile("\\.?[A-Za-z_][A-Za-z_0-9]*(\\.[A-Za-z_][A-Za-z_0-9]*)*");

    private static final Pattern METHOD = Pattern.compile("[A-Za-z_][A-Za-z_0-9]*");

    private final Resources resources;
    private final RuleCheck rules;
    private final Problems problems;

    GrpcRuleCheck(Resources resources, RuleCheck rules, Problems problems) {
        this.resources = resources;
        this.rules = rules;
        this.problems = problems;
    }

    void check(Field rule) {
        rule.at("matches").items().forEach(match -> checkMethod(match.at("method")));
        for (Field reference : rule.at("backendRefs").items()) {
            checkCarriesGrpc(reference);
        }
        for (Field filter : rule.at("filters").items()) {
            checkCarriesGrpc(filter.at("requestMirror").at("backendRef"));
        }
    }

    private void checkMethod(Field match) {
        Field service = match.at("service");
        Field method = match.at("method");
        if (!match.exists() || problems.has(match) || problems.has(match.at("type"))) {
            return;
        }
        if (match.at("type").text("Exact").equals("RegularExpression")) {
            rules.checkExpression(service);
            rules.checkExpression(method);
        } else {
            checkName(service, SERVICE, "a service's full name such as shop.v1.Orders");
            checkName(method, METHOD, "a method's name such as Get");
        }
        boolean saysNothing = service.text("").isEmpty() && method.text("").isEmpty();
        boolean misspelt = FIELDS.stream().anyMatch(it -> Wording.isMisspelt(match.value(), it, FIELDS));
        if (saysNothing && !misspelt && !problems.has(service) && !problems.has(method)) {
            problems.addKey(match, "says nothing (expected: service, method or both; or no method, for all calls)");
        }
    }

    private void checkName(Field name, Pattern pattern, String expected) {
        String text = name.text("");
        if (!text.isEmpty() && !problems.has(name) && !pattern.matcher(text).matches()) {
            problems.add(name, Wording.show(text) + " (expected: " + expected + ", or type: RegularExpression)");
        }
    }

    private void checkCarriesGrpc(Field reference) {
        String reason = noGrpc(reference, resources, problems);
        if (reason != null) {
            problems.add(reference.at("name"), reason);
        }
    }

    /** Why the Backend of a reference cannot carry gRPC; null when it can, or when there is none. */
    static @Nullable String noGrpc(Field reference, Resources resources, Problems problems) {
        Resource backend = resources.find(Kind.BACKEND, References.key(reference));
        if (backend == null || problems.has(reference.at("name")) || problems.has(backend.spec())) {
            return null;
        }
        Field protocol = backend.spec().at("protocol");
        String http = Backend.Protocol.HTTP.name();
        return problems.has(protocol) || !protocol.text(http).equals(http)
                ? null
                : "Backend " + backend.key()
                        + " speaks HTTP/1.1 only, which cannot carry gRPC (expected: protocol: H2C, "
                        + "or H2 for TLS, at " + protocol.place() + ")";
    }
}
