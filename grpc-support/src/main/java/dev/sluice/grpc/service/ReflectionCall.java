package dev.sluice.grpc.service;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.config.Defaults;
import dev.sluice.config.ResourceKey;
import dev.sluice.grpc.GrpcStatus;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import sluice.proto.reflection.v1.ErrorResponse;
import sluice.proto.reflection.v1.ExtensionNumberResponse;
import sluice.proto.reflection.v1.FileDescriptorResponse;
import sluice.proto.reflection.v1.ListServiceResponse;
import sluice.proto.reflection.v1.ServerReflectionRequest;
import sluice.proto.reflection.v1.ServerReflectionResponse;
import sluice.proto.reflection.v1.ServiceResponse;

/** One client's questions, answered one after another, in their order. */
final class ReflectionCall implements ServiceMethod.Requests<ServerReflectionRequest> {

    private final ServiceCall call;
    private final OwnFiles own;
    private final BackendReflection backends;
    private final Deque<ServerReflectionRequest> waiting = new ArrayDeque<>();
    /** Which backend's files import a file that the client may ask for next: another's of that name may differ. */
    private final Map<String, ResourceKey> importers = new HashMap<>();

    private boolean busy;
    private boolean ended;

    ReflectionCall(ServiceCall call, OwnFiles own) {
        this.call = call;
        this.own = own;
        this.backends = new BackendReflection(call.exchange());
    }

    @Override
    public void next(ServerReflectionRequest request) {
        if (waiting.size() >= Defaults.REFLECTION_WAITING) {
            call.end(
                    GrpcStatus.RESOURCE_EXHAUSTED,
                    "more than " + Defaults.REFLECTION_WAITING + " requests wait for their answers");
            return;
        }
        waiting.add(request);
        proceed();
    }

    @Override
    public void ended() {
        ended = true;
        proceed();
    }

    private void proceed() {
        if (busy || call.isOver()) {
            return;
        }
        ServerReflectionRequest request = waiting.poll();
        if (request == null) {
            if (ended) {
                call.end();
            }
            return;
        }
        busy = true;
        answer(request)
                .onComplete(
                        response -> {
                            busy = false;
                            call.send(response.setValidHost(request.getHost())
                                    .setOriginalRequest(request)
                                    .build());
                            proceed();
                        },
                        failure -> call.end(GrpcStatus.INTERNAL, "the request could not be answered"));
    }

    private Future<ServerReflectionResponse.Builder> answer(ServerReflectionRequest request) {
        return switch (request.getMessageRequestCase()) {
            case LIST_SERVICES -> askAll(backends.backends(), request).map(this::services);
            case ALL_EXTENSION_NUMBERS_OF_TYPE ->
                askAll(backends.backends(), request)
                        .map(answers -> extensions(request.getAllExtensionNumbersOfType(), answers));
            case FILE_BY_FILENAME -> file(request, "file " + request.getFileByFilename());
            case FILE_CONTAINING_SYMBOL -> file(request, "symbol " + request.getFileContainingSymbol());
            case FILE_CONTAINING_EXTENSION ->
                file(
                        request,
                        "extension " + request.getFileContainingExtension().getExtensionNumber() + " of "
                                + request.getFileContainingExtension().getContainingType());
            case MESSAGEREQUEST_NOT_SET ->
                Future.succeededFuture(error(GrpcStatus.UNIMPLEMENTED, "a request that asks for nothing known"));
        };
    }

    /**
     * What one backend has answered.
     *
     * @param backend who
     * @param response {@link BackendReflection#SILENCE} for nothing
     */
    private record Answered(ResourceKey backend, ServerReflectionResponse response) {}

    /** Asks them at once; their answers come in the same order. */
    private Future<List<Answered>> askAll(List<ResourceKey> asked, ServerReflectionRequest request) {
        return Future.all(asked.stream()
                        .map(backend -> backends.ask(backend, request).map(response -> new Answered(backend, response)))
                        .toList())
                .map(all -> all.<Answered>list());
    }

    private ServerReflectionResponse.Builder services(List<Answered> answers) {
        Set<String> names = new TreeSet<>(own.services());
        for (Answered answer : answers) {
            answer.response()
                    .getListServicesResponse()
                    .getServiceList()
                    .forEach(service -> names.add(service.getName()));
        }
        ListServiceResponse.Builder services = ListServiceResponse.newBuilder();
        names.forEach(name -> services.addService(ServiceResponse.newBuilder().setName(name)));
        return ServerReflectionResponse.newBuilder().setListServicesResponse(services);
    }

    private ServerReflectionResponse.Builder extensions(String type, List<Answered> answers) {
        boolean known = own.knows(type);
        Set<Integer> numbers = new TreeSet<>(own.extensions(type));
        for (Answered answer : answers) {
            known |= answer.response().hasAllExtensionNumbersResponse();
            numbers.addAll(answer.response().getAllExtensionNumbersResponse().getExtensionNumberList());
        }
        if (!known) {
            return error(GrpcStatus.NOT_FOUND, "no type " + type);
        }
        return ServerReflectionResponse.newBuilder()
                .setAllExtensionNumbersResponse(ExtensionNumberResponse.newBuilder()
                        .setBaseTypeName(type)
                        .addAllExtensionNumber(numbers));
    }

    /** That of the backends that should know, or else an own one, or else that of the first backend that has it. */
    private Future<ServerReflectionResponse.Builder> file(ServerReflectionRequest request, String what) {
        return askAll(likely(request), request).compose(likely -> {
            Optional<Answered> found = firstFile(likely);
            FileDescriptorResponse file = found.isPresent() ? null : own.file(request);
            if (file != null) {
                return Future.succeededFuture(
                        ServerReflectionResponse.newBuilder().setFileDescriptorResponse(file));
            }
            return found.map(answered -> Future.succeededFuture(files(answered)))
                    .orElseGet(() -> askAll(backends.backends(), request).map(answers -> firstFile(answers)
                            .map(this::files)
                            .orElseGet(() -> error(GrpcStatus.NOT_FOUND, "no " + what))));
        });
    }

    /** To whom a symbol's calls go, or whose files import a file. */
    private List<ResourceKey> likely(ServerReflectionRequest request) {
        ResourceKey importer = importers.get(request.getFileByFilename());
        return request.hasFileContainingSymbol()
                ? backends.routedTo(request.getFileContainingSymbol())
                : importer == null ? List.of() : List.of(importer);
    }

    private static Optional<Answered> firstFile(List<Answered> answers) {
        return answers.stream()
                .filter(answer -> answer.response().hasFileDescriptorResponse())
                .findFirst();
    }

    private ServerReflectionResponse.Builder files(Answered answer) {
        FileDescriptorResponse files = answer.response().getFileDescriptorResponse();
        files.getFileDescriptorProtoList().stream()
                .flatMap(file -> imports(file).stream())
                .filter(imported -> importers.size() < Defaults.REFLECTION_FILES)
                .forEach(imported -> importers.putIfAbsent(imported, answer.backend()));
        return ServerReflectionResponse.newBuilder().setFileDescriptorResponse(files);
    }

    /** None of a file that cannot be read, which is the client's affair. */
    private static List<String> imports(ByteString file) {
        try {
            return new ArrayList<>(FileDescriptorProto.parseFrom(file).getDependencyList());
        } catch (InvalidProtocolBufferException e) {
            return List.of();
        }
    }

    private static ServerReflectionResponse.Builder error(GrpcStatus status, String message) {
        return ServerReflectionResponse.newBuilder()
                .setErrorResponse(
                        ErrorResponse.newBuilder().setErrorCode(status.code()).setErrorMessage(message));
    }
}
