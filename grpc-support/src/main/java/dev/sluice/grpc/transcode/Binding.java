package dev.sluice.grpc.transcode;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.MethodDescriptor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request form of a method: a rule or one of its additional bindings.
 *
 * @param httpMethod upper case, or {@link TemplateIndex#ANY_METHOD}
 * @param variables fields of the template's variables, in their order
 * @param wholeBody whether the body is the message, but for what the path says
 * @param bodyField what the body is a value of; null for none
 * @param responseField the only one that is answered; null for the whole message
 */
record Binding(
        MethodDescriptor method,
        String httpMethod,
        PathTemplate template,
        List<FieldPath> variables,
        boolean wholeBody,
        @Nullable FieldDescriptor bodyField,
        @Nullable FieldDescriptor responseField) {

    private static final String HTTP_BODY = "google.api.HttpBody";

    Binding {
        variables = List.copyOf(variables);
    }

    boolean hasBody() {
        return wholeBody || bodyField != null;
    }

    /** Whether the request's body is taken as it is: {@code google.api.HttpBody}. */
    boolean rawRequest() {
        return wholeBody ? isHttpBody(method.getInputType()) : isHttpBody(bodyField);
    }

    /** Whether the response's body is sent as it is. */
    boolean rawResponse() {
        return responseField == null ? isHttpBody(method.getOutputType()) : isHttpBody(responseField);
    }

    /** The path of the gRPC call. */
    String grpcPath() {
        return "/" + method.getService().getFullName() + "/" + method.getName();
    }

    private static boolean isHttpBody(@Nullable FieldDescriptor field) {
        return field != null
                && field.getJavaType() == JavaType.MESSAGE
                && !field.isRepeated()
                && isHttpBody(field.getMessageType());
    }

    private static boolean isHttpBody(Descriptor message) {
        return message.getFullName().equals(HTTP_BODY);
    }
}
