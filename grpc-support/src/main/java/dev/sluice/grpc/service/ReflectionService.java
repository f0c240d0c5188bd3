package dev.sluice.grpc.service;

import com.google.protobuf.Descriptors.FileDescriptor;
import dev.sluice.config.ClientTerms;
import dev.sluice.spi.LocalService;
import java.util.List;
import java.util.Map;
import sluice.proto.health.v1.HealthProto;
import sluice.proto.reflection.v1.ReflectionProto;
import sluice.proto.reflection.v1.ServerReflectionRequest;

/**
 * {@code grpc.reflection}, of both versions, whose messages are the same: what services there are and what their messages
 * look like, for tools such as {@code grpcurl}. Own descriptors and those of the backends appear as one server's.
 */
public final class ReflectionService {

    static final String V1 = "grpc.reflection.v1.ServerReflection";
    static final String V1_ALPHA = "grpc.reflection.v1alpha.ServerReflection";
    static final String METHOD = "ServerReflectionInfo";

    private ReflectionService() {}

    /** The gateway's: its own services, and what its backends' reflection tells. */
    public static LocalService create() {
        return of(HealthProto.getDescriptor());
    }

    /** Describes the services of these files beside itself. */
    public static LocalService of(FileDescriptor... files) {
        OwnFiles own = new OwnFiles(files);
        Map<String, GrpcMethod<?>> methods = Map.of(
                METHOD, new GrpcMethod<>(ServerReflectionRequest.parser(), call -> new ReflectionCall(call, own)));
        return GrpcService.of(Map.of(V1, methods, V1_ALPHA, methods), ClientTerms.Grpc::reflection);
    }

    /** The files of both versions. */
    static List<FileDescriptor> files() {
        return List.of(
                ReflectionProto.getDescriptor(), sluice.proto.reflection.v1alpha.ReflectionProto.getDescriptor());
    }
}
