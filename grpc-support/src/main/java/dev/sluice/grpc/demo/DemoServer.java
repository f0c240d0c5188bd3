package dev.sluice.grpc.demo;

import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.FileDescriptor;
import dev.sluice.grpc.GrpcStatus;
import dev.sluice.grpc.service.ReflectionService;
import dev.sluice.spi.LocalService;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerConfig;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sluice.proto.demo.v1.GreeterProto;

/** A gRPC server over cleartext HTTP/2 on an ephemeral loopback port: {@code sluice.demo.v1.Greeter} and reflection. */
public final class DemoServer {

    /** The service's full name. */
    public static final String SERVICE = "sluice.demo.v1.Greeter";

    private final Map<String, LocalService> byPath = new HashMap<>();

    private DemoServer(List<LocalService> services) {
        services.forEach(service -> service.paths().forEach(path -> byPath.put(path, service)));
    }

    /** Starts it. */
    public static Future<HttpServer> listen(Vertx vertx) {
        DemoServer server =
                new DemoServer(List.of(Greeter.create(vertx), ReflectionService.of(GreeterProto.getDescriptor())));
        HttpServerConfig config = new HttpServerConfig()
                .setVersions(HttpVersion.HTTP_2)
                .setHost("127.0.0.1")
                .setPort(0);
        return vertx.createHttpServer(config).requestHandler(server::handle).listen();
    }

    /** A serialized {@code FileDescriptorSet} of the service with all that it imports. */
    public static byte[] descriptorSet() {
        Set<FileDescriptor> files = new LinkedHashSet<>();
        collect(GreeterProto.getDescriptor(), files);
        FileDescriptorSet.Builder set = FileDescriptorSet.newBuilder();
        files.forEach(file -> set.addFile(file.toProto()));
        return set.build().toByteArray();
    }

    /** Imports come before those that import them, as {@code protoc} writes them. */
    private static void collect(FileDescriptor file, Set<FileDescriptor> files) {
        file.getDependencies().forEach(imported -> collect(imported, files));
        files.add(file);
    }

    private void handle(HttpServerRequest request) {
        ServedExchange exchange = new ServedExchange(request);
        LocalService service = byPath.get(request.path());
        if (service == null) {
            exchange.refuse(GrpcStatus.UNIMPLEMENTED, "no method " + request.path());
        } else {
            exchange.serve(service);
        }
    }
}
