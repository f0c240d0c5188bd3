package dev.sluice.grpc.transcode;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Makes the messages of one call, as a gRPC client sends them. What path and query say is in the first message only, as
 * Envoy's transcoder does it: those behind it are what the body says.
 */
final class RequestMessages {

    private static final int PREFIX_BYTES = 5;

    private final Binding binding;
    private final JsonFormat.Parser parser;
    private final int maxBytes;
    private @Nullable RequestFields fields;

    RequestMessages(Binding binding, RequestFields fields, JsonFormat.Parser parser, int maxBytes) {
        this.binding = binding;
        this.fields = fields;
        this.parser = parser;
        this.maxBytes = maxBytes;
    }

    /** The longest message, JSON or binary, in bytes. */
    int maxBytes() {
        return maxBytes;
    }

    /** Of path and query alone. */
    Buffer ofNothing() throws TranscodingException {
        return framed(DynamicMessage.newBuilder(binding.method().getInputType()));
    }

    /** Of a JSON value: the whole body, or one of a stream. */
    Buffer ofJson(byte[] utf8) throws TranscodingException {
        Descriptor input = binding.method().getInputType();
        FieldDescriptor field = binding.bodyField();
        String json = field == null
                ? JsonText.of(utf8, input)
                : "{" + Json.encode(field.getJsonName()) + ":" + JsonText.of(utf8, field) + "}";
        DynamicMessage.Builder message = DynamicMessage.newBuilder(input);
        try {
            parser.merge(json, message);
        } catch (InvalidProtocolBufferException e) {
            throw TranscodingException.badRequest("The body does not fit "
                    + (field == null ? input : field).getFullName() + ": " + TranscodingException.reason(e));
        }
        return framed(message);
    }

    /** Of bytes as they are, for {@code google.api.HttpBody}. */
    Buffer ofBytes(byte[] data, @Nullable String contentType) throws TranscodingException {
        DynamicMessage.Builder message =
                DynamicMessage.newBuilder(binding.method().getInputType());
        FieldDescriptor field = binding.bodyField();
        Message.Builder body = field == null ? message : message.getFieldBuilder(field);
        Descriptor type = body.getDescriptorForType();
        if (contentType != null) {
            body.setField(type.findFieldByNumber(HttpBodyFields.CONTENT_TYPE), contentType);
        }
        body.setField(type.findFieldByNumber(HttpBodyFields.DATA), ByteString.copyFrom(data));
        return framed(message);
    }

    private Buffer framed(DynamicMessage.Builder builder) throws TranscodingException {
        if (fields != null) {
            fields.putInto(builder);
            fields = null;
        }
        DynamicMessage message = builder.buildPartial();
        if (!message.isInitialized()) {
            throw TranscodingException.badRequest("The request has not all required fields of "
                    + message.getDescriptorForType().getFullName());
        }
        int length = message.getSerializedSize();
        if (length > maxBytes) {
            throw TranscodingException.requestTooLarge(
                    "The message has " + length + " bytes (expected: at most " + maxBytes + ")");
        }
        byte[] frame = new byte[PREFIX_BYTES + length];
        frame[1] = (byte) (length >>> 24);
        frame[2] = (byte) (length >>> 16);
        frame[3] = (byte) (length >>> 8);
        frame[4] = (byte) length;
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(frame, PREFIX_BYTES, length);
            message.writeTo(out);
            out.checkNoSpaceLeft();
        } catch (IOException e) {
            throw new IllegalStateException(e); // memory is written
        }
        return Buffer.buffer(frame);
    }
}
