package dev.sluice.grpc.transcode;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a request's path and query say of its message. */
final class RequestFields {

    private record Value(FieldPath field, Object value) {}

    private final Binding binding;
    private final List<Value> values = new ArrayList<>();

    private RequestFields(Binding binding) {
        this.binding = binding;
    }

    /**
     * Reads them.
     *
     * @param query without {@code ?}; null for none
     * @param ignoresUnknown whether a parameter that is no field is left out
     * @throws TranscodingException when one is not what its field takes
     */
    static RequestFields of(TemplateIndex.Match match, @Nullable String query, boolean ignoresUnknown)
            throws TranscodingException {
        RequestFields fields = new RequestFields(match.binding());
        if (query != null && !query.isEmpty()) {
            fields.readQuery(query, ignoresUnknown);
        }
        fields.readPath(match.segments());
        return fields;
    }

    /** Puts them into a message; what the path says goes before what the body said. */
    void putInto(Message.Builder message) throws TranscodingException {
        for (Value value : values) {
            value.field.put(message, value.value);
        }
    }

    private void readPath(List<String> segments) throws TranscodingException {
        PathTemplate template = binding.template();
        List<PathTemplate.Variable> variables = template.variables();
        for (int i = 0; i < variables.size(); i++) {
            PathTemplate.Variable variable = variables.get(i);
            boolean rest = template.segments().get(variable.end() - 1).equals(PathTemplate.REST);
            int end = rest ? segments.size() : variable.end();
            String text;
            if (template.isSingle(variable)) {
                text = PercentText.decode(segments.get(variable.start()));
            } else {
                text = PercentText.decodeButSlashes(String.join("/", segments.subList(variable.start(), end)));
            }
            add("Path variable", binding.variables().get(i), text);
        }
    }

    private void readQuery(String query, boolean ignoresUnknown) throws TranscodingException {
        Set<FieldPath> singular = new HashSet<>();
        int start = 0;
        while (start <= query.length()) {
            int ampersand = query.indexOf('&', start);
            int end = ampersand < 0 ? query.length() : ampersand;
            if (end > start) {
                int equals = query.indexOf('=', start);
                int nameEnd = equals < 0 || equals > end ? end : equals;
                String name = PercentText.decodeQuery(query.substring(start, nameEnd));
                String value = PercentText.decodeQuery(query.substring(Math.min(nameEnd + 1, end), end));
                FieldPath field = queryField(name);
                if (field != null) {
                    if (!field.leaf().isRepeated() && !singular.add(field)) {
                        throw TranscodingException.badRequest("Query parameter " + name + " (expected: once)");
                    }
                    add("Query parameter", field, value);
                } else if (!ignoresUnknown) {
                    throw TranscodingException.badRequest("Query parameter " + name + " (expected: a field of "
                            + binding.method().getInputType().getFullName()
                            + " that is in neither path nor body)");
                }
            }
            start = end + 1;
        }
    }

    /** Null when it is no field that a query can set. */
    private @Nullable FieldPath queryField(String name) {
        if (binding.wholeBody()) {
            return null;
        }
        Descriptor input = binding.method().getInputType();
        FieldPath field = FieldPath.find(input, name);
        if (field == null
                || !field.takesText()
                || field.leaf().isMapField()
                || field.fields().get(0).equals(binding.bodyField())
                || binding.variables().contains(field)) {
            return null;
        }
        return field;
    }

    private void add(String what, FieldPath field, String text) throws TranscodingException {
        try {
            values.add(new Value(field, field.parse(text)));
        } catch (InvalidProtocolBufferException e) {
            throw TranscodingException.badRequest(what + " " + field + ": " + TranscodingException.reason(e));
        }
    }
}
