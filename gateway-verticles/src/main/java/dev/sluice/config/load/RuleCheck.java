package dev.sluice.config.load;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One rule of a route: matches, filters, backends, timeouts. */
final class RuleCheck {

    /** Those of a rule, to tell a misspelt one. */
    private static final List<String> FIELDS = List.of("name", "matches", "filters", "backendRefs", "timeouts");

    /** Gateway API's own pattern of an exact path or prefix. */
    private static final java.util.regex.Pattern PATH =
            java.util.regex.Pattern.compile("(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+");

    private static final List<String> FORBIDDEN_IN_PATH = List.of("//", "/./", "/../", "%2f", "%2F");

    private final References references;
    private final FilterCheck filters;
    private final Problems problems;

    RuleCheck(References references, FilterCheck filters, Problems problems) {
        this.references = references;
        this.filters = filters;
        this.problems = problems;
    }

    void check(Field rule, Kind kind) {
        if (problems.has(rule)) {
            return;
        }
        for (Field match : rule.at("matches").items()) {
            checkPath(match.at("path"));
            checkValues(match.at("headers").items(), "header", name -> name.toLowerCase(Locale.ROOT));
            checkValues(match.at("queryParams").items(), "query parameter", UnaryOperator.identity());
        }
        filters.check(rule.at("filters"), rule, false);
        checkBackends(rule, kind);
        checkTimeouts(rule.at("timeouts"));
    }

    private void checkPath(Field path) {
        Field value = path.at("value");
        String text = value.text();
        if (text == null) {
            return;
        }
        if (path.at("type").text("PathPrefix").equals("RegularExpression")) {
            checkExpression(value);
        } else {
            String problem = pathProblem(text);
            if (problem != null) {
                problems.add(value, problem);
            }
        }
    }

    /** What is wrong with a path; null when nothing is. */
    static @Nullable String pathProblem(String path) {
        if (!path.startsWith("/")) {
            return Wording.show(path) + " (expected: a path that begins with /)";
        }
        for (String forbidden : FORBIDDEN_IN_PATH) {
            if (path.contains(forbidden)) {
                return Wording.show(path) + " (expected: a path without " + forbidden + ")";
            }
        }
        if (path.endsWith("/.") || path.endsWith("/..")) {
            return Wording.show(path) + " (expected: a path that does not end with /. or /..)";
        }
        if (!PATH.matcher(path).matches()) {
            return Wording.show(path) + " (expected: a path without query and fragment, percent-encoded where needed)";
        }
        return null;
    }

    private void checkValues(List<Field> values, String what, UnaryOperator<String> identity) {
        Set<String> seen = new HashSet<>();
        for (Field value : values) {
            Field name = value.at("name");
            if (name.text() != null && !seen.add(identity.apply(name.text("")))) {
                problems.add(
                        name,
                        "duplicate " + what + " " + Wording.show(name.value()) + " (expected: one match for each)");
            }
            if (value.at("type").text("Exact").equals("RegularExpression")) {
                checkExpression(value.at("value"));
            }
        }
    }

    void checkExpression(Field expression) {
        String text = expression.text();
        if (text == null) {
            return;
        }
        try {
            Pattern unused = Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            problems.add(
                    expression,
                    Wording.show(text) + " is not an RE2 expression: " + e.getDescription() + ": `" + e.getPattern()
                            + "`");
        }
    }

    private void checkBackends(Field rule, Kind kind) {
        Field backendRefs = rule.at("backendRefs");
        Set<String> types = new HashSet<>();
        rule.at("filters").items().forEach(filter -> types.add(filter.at("type").text("")));
        if (backendRefs.items().isEmpty()) {
            boolean answers = types.contains("RequestRedirect") || types.contains("ExtensionRef");
            boolean misspelt = Wording.isMisspelt(rule.value(), "backendRefs", FIELDS);
            if (!answers && !misspelt && !problems.has(backendRefs)) {
                String otherwise = kind == Kind.GRPC_ROUTE ? "" : ", or a filter of type RequestRedirect";
                problems.add(backendRefs, "missing (expected: at least one" + otherwise + ")");
            }
            return;
        }
        if (types.contains("RequestRedirect") && kind == Kind.HTTP_ROUTE) {
            problems.addKey(backendRefs, "a rule that redirects forwards nothing (expected: no backendRefs)");
        }
        boolean isAllZero = true;
        for (Field reference : backendRefs.items()) {
            checkBackendRef(reference, references, problems);
            filters.check(reference.at("filters"), rule, true);
            isAllZero &= reference.at("weight").number(1) == 0;
        }
        if (isAllZero) {
            problems.warn(backendRefs, "every weight is 0, so every request is answered with 500");
        }
    }

    /** A {@code backendRefs[]} entry or the target of a mirror. */
    static void checkBackendRef(Field reference, References references, Problems problems) {
        references.checkTyped(reference, Kind.BACKEND, "Service");
        Field port = reference.at("port");
        if (port.exists()) {
            problems.addKey(port, port.value() + " (expected: no port; the Backend's endpoints name their own)");
        }
    }

    private void checkTimeouts(Field timeouts) {
        Field request = timeouts.at("request");
        Field backendRequest = timeouts.at("backendRequest");
        if (request.text() == null
                || backendRequest.text() == null
                || problems.has(request)
                || problems.has(backendRequest)) {
            return;
        }
        long requestMillis = Durations.parse(request.text("")).toMillis();
        if (requestMillis > 0 && Durations.parse(backendRequest.text("")).toMillis() > requestMillis) {
            problems.add(
                    backendRequest,
                    Wording.show(backendRequest.value()) + " (expected: at most timeouts.request, " + request.text()
                            + ")");
        }
    }
}
