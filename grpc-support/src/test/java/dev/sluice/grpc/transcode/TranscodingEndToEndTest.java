package dev.sluice.grpc.transcode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Message;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.GrpcTerms;
import dev.sluice.config.GrpcTerms.Transcoding;
import dev.sluice.config.GrpcTerms.Transcoding.FieldNames;
import dev.sluice.config.GrpcTerms.Transcoding.UnknownFields;
import dev.sluice.grpc.GrpcMetrics;
import dev.sluice.grpc.protocol.GrpcProtocol;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.proto.demo.v1.CountdownRequest;
import sluice.proto.demo.v1.GreetRequest;
import sluice.proto.demo.v1.GreeterProto;
import sluice.proto.demo.v1.Greeting;
import sluice.proto.demo.v1.Number;
import sluice.proto.demo.v1.Tick;
import sluice.proto.demo.v1.Total;

/** A foreign HTTP client, a gateway, and a foreign gRPC server. */
final class TranscodingEndToEndTest {

    private static final String SERVICE = "sluice.demo.v1.Greeter";
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Server server = NettyServerBuilder.forPort(0).build();
    private @Nullable TestGateway gateway;

    @BeforeEach
    void start() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(greeter())
                .build()
                .start();
        gateway = start(server.getPort());
    }

    private TestGateway start(int port) throws IOException {
        Map<String, FileDescriptor> files = new TreeMap<>();
        collect(GreeterProto.getDescriptor(), files);
        FileDescriptorSet.Builder set = FileDescriptorSet.newBuilder();
        files.values().forEach(file -> set.addFile(file.toProto()));
        Path path = Files.write(directory.resolve("greeter.pb"), set.build().toByteArray());
        Transcoding transcoding = new Transcoding(
                List.of(path), List.of(SERVICE), UnknownFields.REJECT, FieldNames.JSON, false, false, 4096);
        GatewayConfig config = TestConfig.create()
                .http("http")
                .backend("app", Protocol.H2C, port)
                .route(TestConfig.rule("/")
                        .grpc(new GrpcTerms(null, null, ClientTerms.UNLIMITED, ClientTerms.UNLIMITED, transcoding))
                        .to("app"))
                .build();
        return gateways.start(
                TestGateway.bootstrap(1),
                config,
                new Extensions(
                        List.of(), List.of(), List.of(new GrpcProtocol(new GrpcMetrics())), List.of(), List.of()));
    }

    @AfterEach
    void stop() throws InterruptedException {
        server.shutdownNow();
        assertEquals(true, server.awaitTermination(DEADLINE.toSeconds(), TimeUnit.SECONDS));
    }

    private static void collect(FileDescriptor file, Map<String, FileDescriptor> files) {
        if (files.put(file.getName(), file) == null) {
            file.getDependencies().forEach(imported -> collect(imported, files));
        }
    }

    // --- the server ---

    private static ServerServiceDefinition greeter() {
        return ServerServiceDefinition.builder(SERVICE)
                .addMethod(
                        method(
                                "Greet",
                                MethodType.UNARY,
                                GreetRequest.getDefaultInstance(),
                                Greeting.getDefaultInstance()),
                        ServerCalls.asyncUnaryCall(TranscodingEndToEndTest::greet))
                .addMethod(
                        method(
                                "Countdown",
                                MethodType.SERVER_STREAMING,
                                CountdownRequest.getDefaultInstance(),
                                Tick.getDefaultInstance()),
                        ServerCalls.asyncServerStreamingCall(TranscodingEndToEndTest::countdown))
                .addMethod(
                        method(
                                "Sum",
                                MethodType.CLIENT_STREAMING,
                                Number.getDefaultInstance(),
                                Total.getDefaultInstance()),
                        ServerCalls.asyncClientStreamingCall(Sum::new))
                .addMethod(
                        method(
                                "Chat",
                                MethodType.BIDI_STREAMING,
                                GreetRequest.getDefaultInstance(),
                                Greeting.getDefaultInstance()),
                        ServerCalls.asyncBidiStreamingCall(Chat::new))
                .build();
    }

    private static <Q extends Message, A extends Message> MethodDescriptor<Q, A> method(
            String name, MethodType type, Q request, A response) {
        return MethodDescriptor.<Q, A>newBuilder()
                .setType(type)
                .setFullMethodName(SERVICE + "/" + name)
                .setRequestMarshaller(ProtoUtils.marshaller(request))
                .setResponseMarshaller(ProtoUtils.marshaller(response))
                .build();
    }

    private static void greet(GreetRequest request, StreamObserver<Greeting> answer) {
        if (request.getName().equals("nobody")) {
            answer.onError(Status.NOT_FOUND.withDescription("größer 100%").asRuntimeException());
            return;
        }
        if (request.getLanguage().equals("code")) {
            answer.onError(
                    Status.fromCodeValue(Integer.parseInt(request.getName())).asRuntimeException());
            return;
        }
        answer.onNext(greeting(request));
        answer.onCompleted();
    }

    private static Greeting greeting(GreetRequest request) {
        return Greeting.newBuilder()
                .setText("Hello " + request.getName() + " " + request.getLanguage())
                .build();
    }

    /** From a negative number it breaks off after two ticks. */
    private static void countdown(CountdownRequest request, StreamObserver<Tick> answer) {
        int from = request.getFrom();
        for (int i = from; from < 0 ? i > from - 2 : i > 0; i--) {
            answer.onNext(Tick.newBuilder().setLeft(i).build());
        }
        if (from < 0) {
            answer.onError(Status.ABORTED.withDescription("stuck").asRuntimeException());
        } else {
            answer.onCompleted();
        }
    }

    private record Chat(StreamObserver<Greeting> answer) implements StreamObserver<GreetRequest> {
        @Override
        public void onNext(GreetRequest request) {
            answer.onNext(greeting(request));
        }

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {
            answer.onCompleted();
        }
    }

    private static final class Sum implements StreamObserver<Number> {
        private final StreamObserver<Total> answer;
        private final Total.Builder total = Total.newBuilder();

        Sum(StreamObserver<Total> answer) {
            this.answer = answer;
        }

        @Override
        public void onNext(Number number) {
            total.setSum(total.getSum() + number.getValue()).setCount(total.getCount() + 1);
        }

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {
            answer.onNext(total.build());
            answer.onCompleted();
        }
    }

    // --- the client ---

    private int port() {
        assertNotNull(gateway);
        return gateway.port();
    }

    private HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(DEADLINE);
        return headers.length == 0 ? request : request.headers(headers);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private String text(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = send(request);
        assertFalse(response.headers().map().keySet().stream().anyMatch(name -> name.startsWith("grpc-")));
        return response.statusCode() + " "
                + response.headers().firstValue("content-type").orElse("none") + " " + response.body();
    }

    private HttpRequest.Builder post(String path, String type, String body) {
        return request(path, "content-type", type).POST(BodyPublishers.ofString(body));
    }

    @Test
    void aMethodByGet() throws Exception {
        assertEquals(
                "200 application/json {\"text\":\"Hello a/b fr\"}", text(request("/v1/greetings/a%2Fb?language=fr")));
    }

    @Test
    void aMethodByPost() throws Exception {
        assertEquals(
                "200 application/json {\"text\":\"Hello größer \"}",
                text(post("/v1/greetings", "application/json", "{\"name\":\"größer\"}")));
    }

    @Test
    void aStatusOfTheServer() throws Exception {
        assertEquals(
                "404 application/json {\"code\":5,\"message\":\"größer 100%\",\"details\":[]}",
                text(request("/v1/greetings/nobody")));
    }

    @Test
    void whatNoMethodTakes() throws Exception {
        assertEquals(
                "404 application/json {\"code\":5,\"message\":\"No method has an http rule for GET /v1/nothing\","
                        + "\"details\":[]}",
                text(request("/v1/nothing")));
    }

    @Row(value = "E3.3", over = "h1-h2")
    @Test
    void everyStatusHasAnHttpStatus() throws Exception {
        int[] http = {499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401};
        for (int code = 1; code <= http.length; code++) {
            assertEquals(
                    http[code - 1] + " application/json {\"code\":" + code + ",\"message\":\"\",\"details\":[]}",
                    text(request("/v1/greetings/" + code + "?language=code")));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{ ~ 400 ~ 3 ~ The body is not JSON: Unexpected end-of-input at line 1, column 2",
                "{\"x\":1} ~ 400 ~ 3 ~ The body does not fit sluice.demo.v1.GreetRequest: Cannot find field: x in message sluice.demo.v1.GreetRequest"
            })
    void aBodyThatIsNoMessage(String body, int status, int code, String message) throws Exception {
        HttpResponse<String> response = send(post("/v1/greetings", "application/json", body));
        assertEquals(status, response.statusCode());
        assertEquals("{\"code\":" + code + ",\"message\":\"" + message + "\",\"details\":[]}", response.body());
    }

    @Test
    void aBodyThatIsTooLarge() throws Exception {
        HttpResponse<String> response =
                send(post("/v1/greetings", "application/json", "{\"name\":\"" + "x".repeat(5000) + "\"}"));
        assertEquals(413, response.statusCode());
        assertEquals(
                "{\"code\":8,\"message\":\"The body is too large (expected: at most 4096 bytes)\",\"details\":[]}",
                response.body());
    }

    @Test
    void anotherMethod() throws Exception {
        HttpResponse<String> response = send(request("/v1/greetings/x").DELETE());
        assertEquals(405, response.statusCode());
        assertEquals("GET", response.headers().firstValue("allow").orElse("none"));
        assertEquals("{\"code\":12,\"message\":\"Method DELETE (expected: GET)\",\"details\":[]}", response.body());
    }

    @Test
    void anotherType() throws Exception {
        assertEquals(
                "415 application/json {\"code\":3,\"message\":\"Content-Type text/plain (expected: application/json, in"
                        + " UTF-8)\",\"details\":[]}",
                text(post("/v1/greetings", "text/plain", "x")));
    }

    @Test
    void noBackend() throws Exception {
        stop();
        HttpResponse<String> response = send(request("/v1/greetings/x"));
        assertEquals(503, response.statusCode());
        assertEquals(
                "{\"code\":14,\"message\":\"The backend refused the connection\",\"details\":[]}", response.body());
    }

    @Test
    void aStreamAsAnArray() throws Exception {
        assertEquals("200 application/json [{\"left\":3},{\"left\":2},{\"left\":1}]", text(request("/v1/countdown/3")));
        assertEquals("200 application/json []", text(request("/v1/countdown/0")));
    }

    @Test
    void aStreamAsLines() throws Exception {
        assertEquals(
                "200 application/x-ndjson {\"left\":2}\n{\"left\":1}\n",
                text(request("/v1/countdown/2", "accept", "application/x-ndjson")));
    }

    @Test
    void aStreamThatFails() throws Exception {
        assertEquals(
                "200 application/x-ndjson {\"left\":-1}\n{\"left\":-2}\n"
                        + "{\"error\":{\"code\":10,\"message\":\"stuck\",\"details\":[]}}\n",
                text(request("/v1/countdown/-1", "accept", "application/x-ndjson")));
        assertNotNull(assertThrows(IOException.class, () -> send(request("/v1/countdown/-1"))));
    }

    @Test
    void manyRequestsAndOneAnswer() throws Exception {
        assertEquals(
                "200 application/json {\"sum\":\"6\",\"count\":3}",
                text(post("/v1/sum", "application/x-ndjson", "{\"value\":1}\n{\"value\":2}\n{\"value\":3}\n")));
        assertEquals(
                "200 application/json {\"sum\":\"3\",\"count\":2}",
                text(post("/v1/sum", "application/json", "[{\"value\":1},{\"value\":2}]")));
    }

    @Test
    void requestsAndAnswersInTurn() throws Exception {
        try (RawH2Client raw = RawH2Client.connect(port())) {
            RawH2Stream stream = raw.open(
                    RawH2Client.head("POST", "/v1/chat")
                            .add("content-type", "application/x-ndjson")
                            .add("accept", "application/x-ndjson"),
                    false);
            stream.data("{\"name\":\"a\"}\n".getBytes(UTF_8), false);
            assertEquals(200, stream.nextHeaders().status());
            assertEquals("{\"text\":\"Hello a \"}\n", stream.nextData().text());
            stream.data("{\"name\":\"b\"}\n".getBytes(UTF_8), true);
            assertEquals("{\"text\":\"Hello b \"}\n", stream.nextData().text());
        }
    }
}
