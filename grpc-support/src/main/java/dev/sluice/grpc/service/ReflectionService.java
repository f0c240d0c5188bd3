package dev.sluice.grpc.service;

import com.google.protobuf.Descriptors.FileDescriptor;
import dev.sluice.config.ClientTerms;
import dev.sluice.spi.LocalService;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
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
        return describing(() -> GatewayFiles.FILES);
    }

    /** Describes the services of these files beside itself. */
    public static LocalService of(FileDescriptor... files) {
        OwnFiles own = new OwnFiles(files);
        return describing(() -> own);
    }

    /** Made by the first call, since descriptors take a while. */
    private static final class GatewayFiles {
        static final OwnFiles FILES = new OwnFiles(HealthProto.getDescriptor());
    }

    private static LocalService describing(Supplier<OwnFiles> own) {
        Map<String, ServiceMethod<?>> methods = Map.of(
                METHOD,
                new ServiceMethod<>(ServerReflectionRequest::parseFrom, call -> new ReflectionCall(call, own.get())));
        return GrpcService.of(Map.of(V1, methods, V1_ALPHA, methods), ClientTerms.Grpc::reflection);
    }

    /** The files of both versions. */
    static List<FileDescriptor> files() {
        return List.of(
                ReflectionProto.getDescriptor(), sluice.proto.reflection.v1alpha.ReflectionProto.getDescriptor());
    }
}
