package dev.sluice.config.load;

import dev.sluice.config.Defaults;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The filters of a rule or backendRef. */
final class FilterCheck {

    /** Which field holds the settings of which type. */
    static final Map<String, String> FIELDS = fields();

    private static final Set<String> REPEATABLE = Set.of("RequestMirror", "ExtensionRef");

    /** A backendRef is chosen after these had their say. */
    private static final Set<String> RULE_ONLY = Set.of("RequestRedirect", "RequestMirror", "CORS");

    private static final Set<String> FRAMING = Set.of(
            "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "content-length", "host");

    private static final Pattern ORIGIN = Pattern.compile(
            "[a-z][a-z0-9+.-]*://(\\*\\.)?([A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*|\\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?");

    private final References references;
    private final Problems problems;

    FilterCheck(References references, Problems problems) {
        this.references = references;
        this.problems = problems;
    }

    private static Map<String, String> fields() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("RequestHeaderModifier", "requestHeaderModifier");
        fields.put("ResponseHeaderModifier", "responseHeaderModifier");
        fields.put("RequestRedirect", "requestRedirect");
        fields.put("URLRewrite", "urlRewrite");
        fields.put("RequestMirror", "requestMirror");
        fields.put("CORS", "cors");
        fields.put("ExtensionRef", "extensionRef");
        return fields;
    }

    /**
     * @param filters the list
     * @param rule the rule that it is part of
     * @param onBackend whether it is the list of a backendRef
     */
    void check(Field filters, Field rule, boolean onBackend) {
        Set<String> types = new HashSet<>();
        for (Field filter : filters.items()) {
            Field type = filter.at("type");
            String name = type.text();
            String settings = name == null ? null : FIELDS.get(name);
            if (name == null || settings == null) {
                continue;
            }
            if (!types.add(name) && !REPEATABLE.contains(name)) {
                problems.add(type, "a second " + name + " (expected: at most one in a list of filters)");
            }
            if (onBackend && RULE_ONLY.contains(name)) {
                problems.add(type, name + " is not supported on a backendRef (expected: in the rule's filters)");
            }
            checkOnlyField(filter, name, settings);
            checkSettings(name, filter.at(settings), rule);
        }
        if (types.contains("RequestRedirect") && types.contains("URLRewrite")) {
            filters.items().stream()
                    .filter(filter -> "URLRewrite".equals(filter.at("type").text()))
                    .forEach(filter -> problems.add(
                            filter.at("type"),
                            "URLRewrite together with RequestRedirect (expected: only one of them)"));
        }
    }

    private void checkOnlyField(Field filter, String type, String settings) {
        if (!filter.at(settings).exists()) {
            problems.add(filter.at(settings), "missing (expected: the settings of the " + type + ")");
        }
        for (Map.Entry<String, String> other : FIELDS.entrySet()) {
            Field field = filter.at(other.getValue());
            if (!other.getValue().equals(settings) && field.exists()) {
                problems.addKey(
                        field,
                        "belongs to type " + other.getKey() + ", but this filter's type is " + type
                                + " (expected: only " + settings + ")");
            }
        }
    }

    private void checkSettings(String type, Field settings, Field rule) {
        switch (type) {
            case "RequestHeaderModifier", "ResponseHeaderModifier" -> checkHeaders(settings);
            case "RequestRedirect", "URLRewrite" -> checkPath(settings.at("path"), rule);
            case "RequestMirror" -> checkMirror(settings);
            case "CORS" -> checkCors(settings);
            default -> references.checkLocal(settings, extension(settings));
        }
    }

    /** The kind of filter that a reference of type ExtensionRef names. */
    static Kind extension(Field reference) {
        return Kind.RATE_LIMIT.title().equals(reference.at("kind").text()) ? Kind.RATE_LIMIT : Kind.FILTER;
    }

    private void checkHeaders(Field settings) {
        Set<String> seen = new HashSet<>();
        settings.at("set").items().forEach(header -> checkHeader(header.at("name"), seen));
        settings.at("add").items().forEach(header -> checkHeader(header.at("name"), seen));
        settings.at("remove").items().forEach(header -> checkHeader(header, seen));
    }

    private void checkHeader(Field name, Set<String> seen) {
        if (name.text() == null) {
            return;
        }
        String lower = name.text("").toLowerCase(Locale.ROOT);
        if (FRAMING.contains(lower)) {
            problems.add(
                    name,
                    Wording.show(name.value()) + " is the gateway's own business (expected: another header"
                            + (lower.equals("host") ? "; URLRewrite changes the host)" : ")"));
        } else if (!seen.add(lower)) {
            problems.add(name, "duplicate header " + Wording.show(name.value()) + " (expected: one change for each)");
        }
    }

    private void checkPath(Field path, Field rule) {
        Field full = path.at("replaceFullPath");
        Field prefix = path.at("replacePrefixMatch");
        String type = path.at("type").text("");
        if (type.equals("ReplaceFullPath")) {
            checkReplacement(full, prefix, type);
        } else if (type.equals("ReplacePrefixMatch")) {
            checkReplacement(prefix, full, type);
            for (Field match : rule.at("matches").items()) {
                if (!match.at("path").at("type").text("PathPrefix").equals("PathPrefix")) {
                    problems.add(
                            path.at("type"),
                            "ReplacePrefixMatch (expected: only in a rule whose paths are all PathPrefix)");
                }
            }
        }
    }

    private void checkReplacement(Field given, Field other, String type) {
        if (!given.exists()) {
            problems.add(given, "missing (expected: the new path, as the type is " + type + ")");
        }
        if (other.exists()) {
            problems.addKey(other, "does not belong to type " + type);
        }
        String text = given.text();
        if (text == null || (text.isEmpty() && type.equals("ReplacePrefixMatch"))) {
            return; // An empty prefix replacement means "/" (Gateway API).
        }
        String problem = RuleCheck.pathProblem(text);
        if (problem != null) {
            problems.add(given, problem);
        }
    }

    private void checkMirror(Field settings) {
        if (settings.at("backendRef").exists()) {
            RuleCheck.checkBackendRef(settings.at("backendRef"), references, problems);
        }
        Field fraction = settings.at("fraction");
        if (settings.at("percent").exists() && fraction.exists()) {
            problems.addKey(fraction, "fraction together with percent (expected: only one of them)");
        }
        Field numerator = fraction.at("numerator");
        int denominator = fraction.at("denominator").number(Defaults.MIRROR_DENOMINATOR);
        if (numerator.number(0) > denominator) {
            problems.add(numerator, numerator.value() + " (expected: at most the denominator, " + denominator + ")");
        }
    }

    private void checkCors(Field settings) {
        for (String list : List.of("allowOrigins", "allowMethods", "allowHeaders", "exposeHeaders")) {
            List<Field> values = settings.at(list).items();
            for (Field value : values) {
                if ("*".equals(value.text()) && values.size() > 1) {
                    problems.add(value, "\"*\" among others (expected: \"*\" alone, or a list without it)");
                }
            }
        }
        for (Field origin : settings.at("allowOrigins").items()) {
            String text = origin.text();
            if (text != null && !text.equals("*") && !ORIGIN.matcher(text).matches()) {
                problems.add(
                        origin,
                        Wording.show(text)
                                + " (expected: * or an origin such as https://app.example.com or https://*.example.com)");
            }
        }
        if (settings.at("allowCredentials").flag(false)) {
            if (settings.at("exposeHeaders").texts().contains("*")) {
                problems.add(
                        settings.at("exposeHeaders"),
                        "\"*\" with allowCredentials: true (expected: names, as browsers take * literally then)");
            }
            if (settings.at("allowOrigins").texts().contains("*")) {
                problems.warn(
                        settings.at("allowOrigins"),
                        "every origin may send credentials: any web site can act as its visitors");
            }
        }
    }
}
