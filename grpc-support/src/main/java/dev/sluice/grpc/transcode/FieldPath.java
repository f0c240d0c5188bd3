package dev.sluice.grpc.transcode;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.vertx.core.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A field of a message or of messages within it, such as {@code book.author.name}.
 *
 * @param fields from the outermost message inwards; all but the last are singular messages
 */
record FieldPath(List<FieldDescriptor> fields) {

    /** Messages whose JSON is a string, or may be written as one. */
    private static final Set<String> TEXTUAL = Set.of(
            "google.protobuf.Timestamp",
            "google.protobuf.Duration",
            "google.protobuf.FieldMask",
            "google.protobuf.DoubleValue",
            "google.protobuf.FloatValue",
            "google.protobuf.Int64Value",
            "google.protobuf.UInt64Value",
            "google.protobuf.Int32Value",
            "google.protobuf.UInt32Value",
            "google.protobuf.BoolValue",
            "google.protobuf.StringValue",
            "google.protobuf.BytesValue");

    /** Messages whose JSON may be anything. */
    private static final Set<String> OPEN = Set.of(
            "google.protobuf.Any", "google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue");

    /** Of messages within each other: what servers read at most, as {@code CodedInputStream} does. */
    private static final int MAX_DEPTH = 100;

    private static final JsonFormat.Parser PARSER = JsonFormat.parser();

    FieldPath {
        fields = List.copyOf(fields);
    }

    /**
     * The field of that name.
     *
     * @param text names as in the {@code .proto} file or as in JSON, with dots between them
     * @return null when there is none, or the way to it leads through what is no singular message, or is too long
     */
    static @Nullable FieldPath find(Descriptor message, String text) {
        List<FieldDescriptor> fields = new ArrayList<>();
        Descriptor scope = message;
        for (String name : text.split("\\.", -1)) {
            FieldDescriptor field = scope == null || fields.size() == MAX_DEPTH ? null : field(scope, name);
            if (field == null) {
                return null;
            }
            fields.add(field);
            boolean opens = field.getJavaType() == JavaType.MESSAGE && !field.isRepeated();
            scope = opens && !isWhole(field.getMessageType()) ? field.getMessageType() : null;
        }
        return new FieldPath(fields);
    }

    /** Whether JSON has a form of its own for the message, in which its fields are not seen. */
    private static boolean isWhole(Descriptor message) {
        return TEXTUAL.contains(message.getFullName()) || OPEN.contains(message.getFullName());
    }

    /** By its name in the {@code .proto} file or in JSON; null for none. */
    static @Nullable FieldDescriptor field(Descriptor message, String name) {
        FieldDescriptor field = message.findFieldByName(name);
        if (field != null) {
            return field;
        }
        for (FieldDescriptor candidate : message.getFields()) {
            if (candidate.getJsonName().equals(name)) {
                return candidate;
            }
        }
        return null;
    }

    FieldDescriptor leaf() {
        return fields.get(fields.size() - 1);
    }

    /** Whether a piece of a URL can be its value, or one of its values. */
    boolean takesText() {
        FieldDescriptor leaf = leaf();
        return leaf.getJavaType() != JavaType.MESSAGE
                || TEXTUAL.contains(leaf.getMessageType().getFullName());
    }

    /**
     * The value that a piece of a URL is: what protobuf's JSON mapping makes of it as a JSON string, which it takes for
     * numbers, booleans and enums as well.
     */
    Object parse(String text) throws InvalidProtocolBufferException {
        FieldDescriptor leaf = leaf();
        if (leaf.getType() == FieldDescriptor.Type.STRING) {
            return text;
        }
        if (JsonText.isNumeric(leaf) && JsonText.isExcessive(text)) {
            throw new InvalidProtocolBufferException("Not a number: " + text);
        }
        DynamicMessage.Builder holder = DynamicMessage.newBuilder(leaf.getContainingType());
        String name = Json.encode(leaf.getJsonName());
        String value = Json.encode(text);
        PARSER.merge("{" + name + ":" + (leaf.isRepeated() ? "[" + value + "]" : value) + "}", holder);
        return leaf.isRepeated() ? holder.getRepeatedField(leaf, 0) : holder.getField(leaf);
    }

    /**
     * Sets the value, or adds it when the field is repeated.
     *
     * @throws TranscodingException when another field of its oneof is set
     */
    void put(Message.Builder message, Object value) throws TranscodingException {
        Message.Builder scope = message;
        for (int i = 0; i < fields.size(); i++) {
            FieldDescriptor field = fields.get(i);
            OneofDescriptor oneof = field.getContainingOneof();
            if (oneof != null && scope.hasOneof(oneof) && scope.getOneofFieldDescriptor(oneof) != field) {
                throw TranscodingException.badRequest(this + " (expected: not beside "
                        + scope.getOneofFieldDescriptor(oneof).getName() + ", one of " + oneof.getName() + ")");
            }
            if (i == fields.size() - 1) {
                if (field.isRepeated()) {
                    scope.addRepeatedField(field, value);
                } else {
                    scope.setField(field, value);
                }
            } else {
                scope = scope.getFieldBuilder(field);
            }
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (FieldDescriptor field : fields) {
            text.append(text.length() == 0 ? "" : ".").append(field.getName());
        }
        return text.toString();
    }
}
