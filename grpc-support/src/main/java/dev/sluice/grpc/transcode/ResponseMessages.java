package dev.sluice.grpc.transcode;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** What a method's messages are to its client. */
final class ResponseMessages {

    /** Bytes as they are, and what they are. */
    record Raw(String contentType, Buffer data) {}

    private static final String UNKNOWN_BYTES = "application/octet-stream";

    private final Binding binding;
    private final JsonFormat.Printer printer;
    private final boolean protoNames;
    private final int maxBytes;

    ResponseMessages(Binding binding, JsonFormat.Printer printer, boolean protoNames, int maxBytes) {
        this.binding = binding;
        this.printer = printer;
        this.protoNames = protoNames;
        this.maxBytes = maxBytes;
    }

    /** As JSON: the message, or the field of it that the rule names. */
    Buffer json(byte[] binary) throws TranscodingException {
        DynamicMessage message = parse(binary);
        FieldDescriptor field = binding.responseField();
        String json;
        try {
            json = field == null ? printer.print(message) : json(message, field);
        } catch (InvalidProtocolBufferException e) {
            throw TranscodingException.badAnswer(
                    "The backend's message is not JSON's: " + TranscodingException.reason(e));
        } catch (IllegalArgumentException e) { // a Timestamp or a Duration out of its range
            throw TranscodingException.badAnswer("The backend's message is not JSON's: " + e.getMessage());
        }
        byte[] utf8 = json.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > maxBytes) {
            throw TranscodingException.answerTooLarge(
                    "The backend's message has " + utf8.length + " bytes as JSON (expected: at most " + maxBytes + ")");
        }
        return Buffer.buffer(utf8);
    }

    /** A {@code google.api.HttpBody} as what it holds. */
    Raw raw(byte[] binary) throws TranscodingException {
        Message body = parse(binary);
        if (binding.responseField() != null) {
            body = (Message) body.getField(binding.responseField());
        }
        Descriptor type = body.getDescriptorForType();
        String contentType = (String) body.getField(type.findFieldByNumber(HttpBodyFields.CONTENT_TYPE));
        ByteString data = (ByteString) body.getField(type.findFieldByNumber(HttpBodyFields.DATA));
        return new Raw(isFieldValue(contentType) ? contentType : UNKNOWN_BYTES, Buffer.buffer(data.toByteArray()));
    }

    private DynamicMessage parse(byte[] binary) throws TranscodingException {
        Descriptor output = binding.method().getOutputType();
        try {
            return DynamicMessage.parseFrom(output, binary);
        } catch (InvalidProtocolBufferException e) {
            throw TranscodingException.badAnswer("The backend's message is no " + output.getFullName());
        }
    }

    /** {@code JsonFormat} prints messages only, so a field is cut out of one that has it alone. */
    private String json(DynamicMessage message, FieldDescriptor field) throws InvalidProtocolBufferException {
        if (field.getJavaType() == JavaType.MESSAGE && !field.isRepeated()) {
            return printer.print((Message) message.getField(field));
        }
        if (field.hasPresence() && !message.hasField(field)) {
            return "null";
        }
        DynamicMessage alone = DynamicMessage.newBuilder(message.getDescriptorForType())
                .setField(field, message.getField(field))
                .buildPartial();
        JsonFormat.Printer one = field.hasPresence() ? printer : printer.includingDefaultValueFields(Set.of(field));
        String json = one.print(alone);
        int name =
                Json.encode(protoNames ? field.getName() : field.getJsonName()).length();
        return json.substring(1 + name + 1, json.length() - 1);
    }

    private static boolean isFieldValue(String text) {
        if (text.isEmpty()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~') {
                return false;
            }
        }
        return true;
    }
}
