package dev.sluice.grpc.transcode;

import com.google.api.AnnotationsProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Empty;
import com.google.protobuf.FieldMask;
import com.google.protobuf.StringValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import dev.sluice.config.GrpcTerms;
import dev.sluice.config.GrpcTerms.Transcoding.FieldNames;
import dev.sluice.config.GrpcTerms.Transcoding.UnknownFields;
import dev.sluice.failure.Failure;
import dev.sluice.filter.GrpcContent;
import dev.sluice.grpc.transcode.WholeBody.Form;
import dev.sluice.spi.Call;
import dev.sluice.spi.CallExchange;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds gRPC methods for HTTP requests by the {@code google.api.http} options of a descriptor set, and translates
 * between the two ({@code google/api/http.proto}). Immutable; shared by all event loops.
 */
public final class Transcoder {

    /** One of each file whose messages stand in an {@code Any} without the descriptor set's knowing. */
    private static final List<Descriptor> COMMON = List.of(
            BadRequest.getDescriptor(),
            Duration.getDescriptor(),
            Empty.getDescriptor(),
            FieldMask.getDescriptor(),
            StringValue.getDescriptor(),
            Struct.getDescriptor(),
            Timestamp.getDescriptor());

    /** What {@link #begin} gives when it has answered the request itself, or somebody has. */
    public static final Call ANSWERED = new Call() {};

    private final GrpcTerms.Transcoding terms;
    private final TemplateIndex index;
    private final JsonFormat.Parser parser;
    private final JsonFormat.Printer printer;
    private final StatusJson statusJson;

    private Transcoder(GrpcTerms.Transcoding terms, TemplateIndex index, TypeRegistry types) {
        this.terms = terms;
        this.index = index;
        JsonFormat.Parser strict = JsonFormat.parser().usingTypeRegistry(types);
        this.parser = terms.unknownFields() == UnknownFields.IGNORE ? strict.ignoringUnknownFields() : strict;
        JsonFormat.Printer plain = JsonFormat.printer().usingTypeRegistry(types).omittingInsignificantWhitespace();
        if (terms.fieldNames() == FieldNames.PROTO) {
            plain = plain.preservingProtoFieldNames();
        }
        if (terms.enumsAsNumbers()) {
            plain = plain.printingEnumsAsInts();
        }
        this.statusJson = new StatusJson(plain);
        this.printer = terms.defaultValues() ? plain.alwaysPrintFieldsWithNoPresence() : plain;
    }

    /**
     * Reads descriptor sets and compiles their rules; blocks.
     *
     * @throws IllegalArgumentException with a message for the user: which file or method, and what is wrong
     */
    public static Transcoder of(GrpcTerms.Transcoding terms) {
        List<FileDescriptor> files = DescriptorSets.load(terms.descriptorSets());
        Set<String> missing = new TreeSet<>(terms.services());
        TemplateIndex index = new TemplateIndex();
        boolean empty = true;
        for (FileDescriptor file : files) {
            for (ServiceDescriptor service : file.getServices()) {
                missing.remove(service.getFullName());
                if (terms.services().isEmpty() || terms.services().contains(service.getFullName())) {
                    empty &= !addMethods(service, index);
                }
            }
        }
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(
                    String.join(", ", missing) + " (expected: services that the descriptor sets define)");
        }
        if (empty) {
            throw new IllegalArgumentException("No method has a google.api.http option (expected: at least one in "
                    + terms.descriptorSets() + ")");
        }
        return new Transcoder(terms, index, types(files));
    }

    /** Whether there was any rule. */
    private static boolean addMethods(ServiceDescriptor service, TemplateIndex index) {
        boolean any = false;
        for (MethodDescriptor method : service.getMethods()) {
            if (method.getOptions().hasExtension(AnnotationsProto.http)) {
                any = true;
                HttpRules.bindings(method, method.getOptions().getExtension(AnnotationsProto.http))
                        .forEach(index::add);
            }
        }
        return any;
    }

    /** Types for {@code Any}: the descriptor sets', and what the details of errors usually are. */
    private static TypeRegistry types(List<FileDescriptor> files) {
        TypeRegistry.Builder types = TypeRegistry.newBuilder();
        Set<String> names = new HashSet<>();
        for (FileDescriptor file : files) {
            add(file.getMessageTypes(), types, names);
        }
        for (Descriptor known : COMMON) {
            add(known.getFile().getMessageTypes(), types, names);
        }
        return types.build();
    }

    private static void add(List<Descriptor> messages, TypeRegistry.Builder types, Set<String> names) {
        for (Descriptor message : messages) {
            if (names.add(message.getFullName())) {
                types.add(message);
            }
            add(message.getNestedTypes(), types, names);
        }
    }

    /**
     * The call that a request begins. Directs the exchange to the gRPC method when there is one.
     *
     * @param inner the call as a gRPC client would have begun it; asked for when the exchange has its new target
     * @return null when no template matches, and for gRPC itself; {@link #ANSWERED}, also when the inner call was over at
     *     once
     */
    public @Nullable Call begin(CallExchange exchange, Function<CallExchange, @Nullable Call> inner) {
        String contentType = exchange.requestHeaders().get("content-type");
        if (GrpcContent.isCall(contentType)) {
            return null;
        }
        try {
            TemplateIndex.Match match = index.match(exchange.method(), exchange.path());
            if (match == null) {
                return isPreflight(exchange) ? null : refusedMethod(exchange);
            }
            return call(exchange, match, contentType, inner);
        } catch (TranscodingException e) {
            return refused(exchange, e, null);
        }
    }

    private Call call(
            CallExchange exchange,
            TemplateIndex.Match match,
            @Nullable String contentType,
            Function<CallExchange, @Nullable Call> inner)
            throws TranscodingException {
        Binding binding = match.binding();
        RequestFields fields = RequestFields.of(match, exchange.query(), ignoresUnknown());
        RequestMessages messages = new RequestMessages(binding, fields, parser, terms.maxMessageBytes());
        RequestBody request = requestBody(exchange, binding, messages, contentType);
        exchange.target(binding.grpcPath(), null);
        exchange.forwardMethod("POST");
        exchange.replyFormat(new StatusReply(statusJson, exchange.method(), null));
        Call grpc = inner.apply(exchange);
        if (grpc == null) {
            return ANSWERED;
        }
        return new TranscodedCall(
                exchange, grpc, request, answer(exchange, binding), terms.maxMessageBytes(), statusJson);
    }

    private RequestBody requestBody(
            CallExchange exchange, Binding binding, RequestMessages messages, @Nullable String contentType)
            throws TranscodingException {
        if (!binding.hasBody()) {
            return new WholeBody(messages, ignoresUnknown() ? Form.IGNORED : Form.NONE, null);
        }
        String encoding = exchange.requestHeaders().get("content-encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw TranscodingException.unsupportedMediaType("Content-Encoding " + encoding + " (expected: none)");
        }
        boolean stream = binding.method().isClientStreaming();
        if (binding.rawRequest()) {
            return stream ? new RawStream(messages, contentType) : new WholeBody(messages, Form.RAW, contentType);
        }
        MediaType type = MediaType.of(contentType);
        boolean lines = type.isLines() && stream;
        if (!(type.isJson() || lines || type.name().isEmpty()) || !type.isUtf8()) {
            throw TranscodingException.unsupportedMediaType("Content-Type " + contentType + " (expected: "
                    + (stream ? "application/json or application/x-ndjson" : "application/json") + ", in UTF-8)");
        }
        return stream ? new JsonStream(messages, lines) : new WholeBody(messages, Form.JSON, null);
    }

    private ClientAnswer answer(CallExchange exchange, Binding binding) {
        ResponseMessages messages =
                new ResponseMessages(binding, printer, terms.fieldNames() == FieldNames.PROTO, terms.maxMessageBytes());
        if (!binding.method().isServerStreaming()) {
            return new UnaryAnswer(messages, binding.rawResponse());
        }
        if (binding.rawResponse()) {
            return new RawAnswer(messages);
        }
        return new JsonAnswer(
                messages, MediaType.isAccepted(exchange.requestHeaders().get("accept"), JsonAnswer.LINES));
    }

    private boolean ignoresUnknown() {
        return terms.unknownFields() == UnknownFields.IGNORE;
    }

    /** A browser's question whether it may send a request (CORS); the rule's filters answer it. */
    private static boolean isPreflight(CallExchange exchange) {
        return exchange.method().equals("OPTIONS")
                && exchange.requestHeaders().contains("access-control-request-method");
    }

    /** Null when the path is no template's either. */
    private @Nullable Call refusedMethod(CallExchange exchange) throws TranscodingException {
        Set<String> methods = index.methods(exchange.path());
        if (methods.isEmpty()) {
            return null;
        }
        String allowed = String.join(", ", methods);
        return refused(
                exchange,
                TranscodingException.methodNotAllowed("Method " + exchange.method() + " (expected: " + allowed + ")"),
                allowed);
    }

    /** Answers a request that no method takes, in the form of any other error. */
    public void refuseUnknown(CallExchange exchange) {
        exchange.replyFormat(new StatusReply(statusJson, exchange.method(), null));
        exchange.fail(Failure.NO_ROUTE, "No method has an http rule for " + exchange.method() + " " + exchange.path());
    }

    private Call refused(CallExchange exchange, TranscodingException reason, @Nullable String allow) {
        exchange.replyFormat(new StatusReply(statusJson, exchange.method(), allow));
        exchange.fail(reason.failure(), reason.detail());
        return ANSWERED;
    }
}
