package dev.sluice.grpc.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.grpc.GrpcMetrics;
import dev.sluice.grpc.GrpcReply;
import dev.sluice.grpc.protocol.GrpcProtocol;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.protobuf.services.ChannelzService;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.grpc.reflection.v1.ExtensionRequest;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sluice.proto.demo.v1.GreeterProto;

/** One gateway before servers of grpc-java, each with services of its own, seen by grpc-java's clients. */
final class ReflectionServiceTest {

    private static final String GREETER = "sluice.demo.v1.Greeter";
    private static final String CHANNELZ = "grpc.channelz.v1.Channelz";
    private static final List<String> OWN = List.of(
            "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection");

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private int server(Object... services) throws IOException {
        NettyServerBuilder builder =
                NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        for (Object service : services) {
            if (service instanceof BindableService bindable) {
                builder.addService(bindable);
            } else {
                builder.addService((ServerServiceDefinition) service);
            }
        }
        Server server = builder.build().start();
        open.add(server::shutdownNow);
        return server.getPort();
    }

    /** A service that exists for reflection alone. */
    private static ServerServiceDefinition described(String name, FileDescriptor file) {
        ProtoFileDescriptorSupplier schema = () -> file;
        return ServerServiceDefinition.builder(ServiceDescriptor.newBuilder(name)
                        .setSchemaDescriptor(schema)
                        .build())
                .build();
    }

    private static int portOfNobody() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Questions questions(TestConfig config) {
        Extensions extensions = new Extensions(
                List.of(new GrpcReply()),
                List.of(),
                List.of(new GrpcProtocol(new GrpcMetrics())),
                List.of(HealthService.create(), ReflectionService.create()),
                List.of());
        TestGateway gateway = TestGateway.start(
                TestGateway.bootstrap(TestGateway.LOOPS), config.http("http").build(), extensions);
        open.add(gateway);
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", gateway.port())
                .usePlaintext()
                .build();
        open.add(channel::shutdownNow);
        return new Questions(channel);
    }

    /** One backend by v1, one by v1alpha, one without reflection, one that is down. */
    private Questions behindOneGateway() throws IOException {
        return questions(TestConfig.create()
                .backend(
                        "one",
                        Protocol.H2C,
                        server(ChannelzService.newInstance(10), ProtoReflectionServiceV1.newInstance()))
                .backend("two", Protocol.H2C, server(described(GREETER, GreeterProto.getDescriptor()), alpha()))
                .backend("mute", Protocol.H2C, server(described("test.Mute", GreeterProto.getDescriptor())))
                .backend("down", Protocol.H2C, portOfNobody())
                .route(GrpcRoutes.of(CHANNELZ, "one"))
                .route(GrpcRoutes.of(GREETER, "two"))
                .route(GrpcRoutes.of("test.Mute", "mute"))
                .route(GrpcRoutes.of("test.Down", "down")));
    }

    @SuppressWarnings("deprecation") // v1alpha is what servers of yesterday speak
    private static BindableService alpha() {
        return ProtoReflectionService.newInstance();
    }

    /** One stream of questions, as a tool opens. */
    private static final class Questions implements StreamObserver<ServerReflectionResponse> {

        private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
        private final StreamObserver<ServerReflectionRequest> requests;

        Questions(ManagedChannel channel) {
            requests = ServerReflectionGrpc.newStub(channel).serverReflectionInfo(this);
        }

        @Override
        public void onNext(ServerReflectionResponse response) {
            heard.add(response);
        }

        @Override
        public void onError(Throwable failure) {
            heard.add(failure);
        }

        @Override
        public void onCompleted() {
            heard.add("completed");
        }

        ServerReflectionResponse ask(ServerReflectionRequest.Builder request) throws InterruptedException {
            ServerReflectionRequest sent = request.setHost("a.example").build();
            requests.onNext(sent);
            ServerReflectionResponse response = (ServerReflectionResponse) heard.take();
            assertEquals("a.example", response.getValidHost());
            assertEquals(sent, response.getOriginalRequest());
            return response;
        }

        /** Names of the files in an answer, which are the asked one first. */
        List<String> files(ServerReflectionRequest.Builder request) throws Exception {
            List<String> names = new ArrayList<>();
            for (FileDescriptorProto file : protos(request)) {
                names.add(file.getName());
            }
            return names;
        }

        List<FileDescriptorProto> protos(ServerReflectionRequest.Builder request) throws Exception {
            return parsed(ask(request).getFileDescriptorResponse().getFileDescriptorProtoList());
        }
    }

    private static List<FileDescriptorProto> parsed(List<ByteString> files) throws InvalidProtocolBufferException {
        List<FileDescriptorProto> parsed = new ArrayList<>();
        for (ByteString file : files) {
            parsed.add(FileDescriptorProto.parseFrom(file));
        }
        return parsed;
    }

    private static ServerReflectionRequest.Builder symbol(String name) {
        return ServerReflectionRequest.newBuilder().setFileContainingSymbol(name);
    }

    private static ServerReflectionRequest.Builder file(String name) {
        return ServerReflectionRequest.newBuilder().setFileByFilename(name);
    }

    private static List<String> services(Questions questions) throws InterruptedException {
        return questions
                .ask(ServerReflectionRequest.newBuilder().setListServices("*"))
                .getListServicesResponse()
                .getServiceList()
                .stream()
                .map(ServiceResponse::getName)
                .toList();
    }

    @Test
    void everyServiceBehindTheGatewayIsListedAndDescribed() throws Exception {
        Questions questions = behindOneGateway();
        List<String> expected = new ArrayList<>(List.of(CHANNELZ));
        expected.addAll(OWN);
        expected.add(GREETER);
        assertEquals(expected, services(questions));

        assertEquals(
                "grpc/channelz/v1/channelz.proto",
                questions.files(symbol(CHANNELZ)).get(0));
        assertEquals(
                List.of(
                        "sluice/demo/v1/greeter.proto",
                        "google/api/annotations.proto",
                        "google/api/http.proto",
                        "google/protobuf/descriptor.proto"),
                sortedBehindTheFirst(questions.files(symbol(GREETER))));
        assertEquals(
                "sluice/demo/v1/greeter.proto",
                questions.files(symbol(GREETER + ".Chat")).get(0));
        assertEquals(
                "sluice/demo/v1/greeter.proto",
                questions.files(symbol("sluice.demo.v1.Tick")).get(0));
        assertEquals(List.of("grpc/health/v1/health.proto"), questions.files(symbol("grpc.health.v1.Health")));
        assertEquals(
                List.of("grpc/reflection/v1/reflection.proto"),
                questions.files(symbol("grpc.reflection.v1.ServerReflection")));
        assertEquals(
                List.of("grpc/reflection/v1alpha/reflection.proto"),
                questions.files(symbol("grpc.reflection.v1alpha.ServerReflection")));
        questions.requests.onCompleted();
        assertEquals("completed", questions.heard.take());
    }

    private static List<String> sortedBehindTheFirst(List<String> names) {
        List<String> sorted = new ArrayList<>(names.subList(0, 1));
        names.subList(1, names.size()).stream().sorted().forEach(sorted::add);
        return sorted;
    }

    @Test
    void filesAndExtensionsAreFoundWhereverTheyAre() throws Exception {
        Questions questions = behindOneGateway();
        assertEquals(
                "google/api/http.proto",
                questions.files(file("google/api/http.proto")).get(0));
        assertEquals(
                "grpc/channelz/v1/channelz.proto",
                questions.files(file("grpc/channelz/v1/channelz.proto")).get(0));
        assertEquals(List.of("grpc/health/v1/health.proto"), questions.files(file("grpc/health/v1/health.proto")));

        String options = "google.protobuf.MethodOptions";
        ServerReflectionResponse numbers =
                questions.ask(ServerReflectionRequest.newBuilder().setAllExtensionNumbersOfType(options));
        assertEquals(options, numbers.getAllExtensionNumbersResponse().getBaseTypeName());
        assertEquals(List.of(72295728), numbers.getAllExtensionNumbersResponse().getExtensionNumberList());
        assertEquals(
                "google/api/annotations.proto",
                questions
                        .files(ServerReflectionRequest.newBuilder()
                                .setFileContainingExtension(ExtensionRequest.newBuilder()
                                        .setContainingType(options)
                                        .setExtensionNumber(72295728)))
                        .get(0));
    }

    @Test
    void whatNobodyHasIsNotFoundAndTheStreamGoesOn() throws Exception {
        Questions questions = behindOneGateway();
        assertNotFound("no symbol test.Nothing", questions.ask(symbol("test.Nothing")));
        assertNotFound("no file nothing.proto", questions.ask(file("nothing.proto")));
        assertNotFound(
                "no type test.Nothing",
                questions.ask(ServerReflectionRequest.newBuilder().setAllExtensionNumbersOfType("test.Nothing")));
        assertNotFound(
                "no extension 7 of test.Nothing",
                questions.ask(ServerReflectionRequest.newBuilder()
                        .setFileContainingExtension(ExtensionRequest.newBuilder()
                                .setContainingType("test.Nothing")
                                .setExtensionNumber(7))));
        assertEquals(
                12,
                questions
                        .ask(ServerReflectionRequest.newBuilder())
                        .getErrorResponse()
                        .getErrorCode());
        assertEquals(5, services(questions).size());
    }

    private static void assertNotFound(String message, ServerReflectionResponse response) {
        assertEquals(5, response.getErrorResponse().getErrorCode());
        assertEquals(message, response.getErrorResponse().getErrorMessage());
    }

    @Test
    void theBackendToWhichAServiceIsRoutedDescribesItAndWhatItImports() throws Exception {
        // Before the other in every order, with another idea of the service and of what it imports.
        FileDescriptor staleApi = changed("google/api/http.proto", "google.api", List.of());
        FileDescriptor stale = changed("sluice/demo/v1/greeter.proto", "sluice.demo.v1", List.of(staleApi));
        Questions questions = questions(TestConfig.create()
                .backend(
                        "a-stale",
                        Protocol.H2C,
                        server(described(GREETER, stale), ProtoReflectionServiceV1.newInstance()))
                .backend(
                        "b",
                        Protocol.H2C,
                        server(
                                described(GREETER, GreeterProto.getDescriptor()),
                                ProtoReflectionServiceV1.newInstance()))
                .route(GrpcRoutes.of("test.Other", "a-stale"))
                .route(GrpcRoutes.of(GREETER, "b")));
        ByteString current = GreeterProto.getDescriptor().toProto().toByteString();
        assertEquals(current, questions.protos(symbol(GREETER)).get(0).toByteString());
        assertEquals(
                current, questions.protos(symbol(GREETER + ".Greet")).get(0).toByteString());
        FileDescriptorProto imported =
                questions.protos(file("google/api/http.proto")).get(0);
        assertTrue(imported.getMessageTypeCount() > 1, imported.toString());
    }

    /** A file of another's name with one service and one message. */
    private static FileDescriptor changed(String name, String inPackage, List<FileDescriptor> imports)
            throws Exception {
        FileDescriptorProto.Builder proto = FileDescriptorProto.newBuilder()
                .setName(name)
                .setPackage(inPackage)
                .setSyntax("proto3");
        imports.forEach(imported -> proto.addDependency(imported.getName()));
        proto.addMessageTypeBuilder().setName("Stale");
        proto.addServiceBuilder()
                .setName("Greeter")
                .addMethodBuilder()
                .setName("Greet")
                .setInputType("." + inPackage + ".Stale")
                .setOutputType("." + inPackage + ".Stale");
        return FileDescriptor.buildFrom(proto.build(), imports.toArray(new FileDescriptor[0]));
    }

    @Test
    @SuppressWarnings("deprecation") // v1alpha is what tools of yesterday speak
    void ownDescriptorsAreThoseThatEverybodyKnows() throws Exception {
        assertSame(io.grpc.health.v1.HealthProto.getDescriptor(), sluice.proto.health.v1.HealthProto.getDescriptor());
        assertSame(
                io.grpc.reflection.v1.ServerReflectionProto.getDescriptor(),
                sluice.proto.reflection.v1.ReflectionProto.getDescriptor());
        assertSame(
                io.grpc.reflection.v1alpha.ServerReflectionProto.getDescriptor(),
                sluice.proto.reflection.v1alpha.ReflectionProto.getDescriptor());
    }

    /** But for the options, which say where generated code goes. */
    private static void assertSame(FileDescriptor standard, FileDescriptor own) {
        FileDescriptorProto expected = standard.toProto();
        FileDescriptorProto seen = own.toProto();
        assertEquals(expected.getPackage(), seen.getPackage());
        assertEquals(expected.getMessageTypeList(), seen.getMessageTypeList());
        assertEquals(expected.getServiceList(), seen.getServiceList());
    }
}
