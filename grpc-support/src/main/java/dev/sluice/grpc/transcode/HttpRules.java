package dev.sluice.grpc.transcode;

import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes bindings of a method's {@code google.api.http} option. */
final class HttpRules {

    private final MethodDescriptor method;
    private final List<Binding> bindings = new ArrayList<>();

    private HttpRules(MethodDescriptor method) {
        this.method = method;
    }

    /** @throws IllegalArgumentException with the method's name and what is wrong with its rule */
    static List<Binding> bindings(MethodDescriptor method, HttpRule rule) {
        HttpRules rules = new HttpRules(method);
        rules.add(rule);
        for (HttpRule additional : rule.getAdditionalBindingsList()) {
            if (additional.getAdditionalBindingsCount() > 0) {
                throw rules.wrong("additional_bindings within additional_bindings", "one level");
            }
            rules.add(additional);
        }
        return rules.bindings;
    }

    private void add(HttpRule rule) {
        String httpMethod =
                switch (rule.getPatternCase()) {
                    case GET -> "GET";
                    case PUT -> "PUT";
                    case POST -> "POST";
                    case DELETE -> "DELETE";
                    case PATCH -> "PATCH";
                    case CUSTOM -> rule.getCustom().getKind();
                    case PATTERN_NOT_SET -> throw wrong("no pattern", "one of get, put, post, delete, patch, custom");
                };
        if (!isToken(httpMethod)) {
            throw wrong("custom kind '" + httpMethod + "'", "an HTTP method or *");
        }
        PathTemplate template = template(path(rule));
        Descriptor input = method.getInputType();
        FieldDescriptor bodyField = null;
        boolean wholeBody = rule.getBody().equals("*");
        if (!wholeBody && !rule.getBody().isEmpty()) {
            bodyField = topLevel("body", input, rule.getBody());
        }
        FieldDescriptor responseField = rule.getResponseBody().isEmpty()
                ? null
                : topLevel("response_body", method.getOutputType(), rule.getResponseBody());
        List<FieldPath> variables = new ArrayList<>();
        for (PathTemplate.Variable variable : template.variables()) {
            variables.add(variable(input, variable.fieldPath()));
        }
        bindings.add(new Binding(method, httpMethod, template, variables, wholeBody, bodyField, responseField));
    }

    private static String path(HttpRule rule) {
        return switch (rule.getPatternCase()) {
            case GET -> rule.getGet();
            case PUT -> rule.getPut();
            case POST -> rule.getPost();
            case DELETE -> rule.getDelete();
            case PATCH -> rule.getPatch();
            case CUSTOM -> rule.getCustom().getPath();
            case PATTERN_NOT_SET -> "";
        };
    }

    private PathTemplate template(String path) {
        try {
            return PathTemplate.parse(path);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where() + e.getMessage(), e);
        }
    }

    private FieldDescriptor topLevel(String what, Descriptor message, String name) {
        FieldDescriptor field = FieldPath.field(message, name);
        if (field == null) {
            throw wrong(what + " " + name, "a field of " + message.getFullName());
        }
        return field;
    }

    private FieldPath variable(Descriptor input, String name) {
        FieldPath path = FieldPath.find(input, name);
        if (path == null) {
            throw wrong("{" + name + "}", "a field of " + input.getFullName());
        }
        if (path.leaf().isRepeated() || !path.takesText()) {
            throw wrong("{" + name + "}", "a field that is neither repeated nor a message");
        }
        return path;
    }

    private IllegalArgumentException wrong(String what, String expected) {
        return new IllegalArgumentException(where() + what + " (expected: " + expected + ")");
    }

    private String where() {
        return method.getFullName() + ": google.api.http: ";
    }

    /** RFC 9110 section 5.6.2. */
    private static boolean isToken(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c >= 0x7f || "\"(),/:;<=>?@[\\]{}".indexOf(c) >= 0) {
                return false;
            }
        }
        return true;
    }
}
