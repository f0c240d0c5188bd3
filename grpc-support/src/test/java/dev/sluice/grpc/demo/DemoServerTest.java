package dev.sluice.grpc.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.MessageLite;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.GrpcTerms;
import dev.sluice.config.GrpcTerms.Transcoding;
import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpMatch.PathMatch;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRule;
import dev.sluice.config.HttpRule.BackendRef;
import dev.sluice.config.RetryTerms;
import dev.sluice.config.RuleTerms;
import dev.sluice.config.TrafficPolicy;
import dev.sluice.config.TrafficPolicy.TargetRef;
import dev.sluice.grpc.GrpcMetrics;
import dev.sluice.grpc.GrpcReply;
import dev.sluice.grpc.protocol.GrpcProtocol;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.lite.ProtoLiteUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.proto.demo.v1.CountdownRequest;
import sluice.proto.demo.v1.GreetRequest;
import sluice.proto.demo.v1.Greeting;
import sluice.proto.demo.v1.Number;
import sluice.proto.demo.v1.Tick;
import sluice.proto.demo.v1.Total;

/** The demo's service behind a gateway, called by grpc-java. */
final class DemoServerTest {

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private TestGateway gateway;
    private ManagedChannel channel;
    private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();

    @BeforeEach
    void start() throws IOException {
        int port = Eventually.get(DemoServer.listen(vertx)).actualPort();
        Path descriptors = Files.write(directory.resolve("demo.binpb"), DemoServer.descriptorSet());
        GrpcMetrics metrics = new GrpcMetrics();
        gateway = TestGateway.start(
                TestGateway.bootstrap(TestGateway.LOOPS),
                config(port, descriptors),
                new Extensions(
                        List.of(new GrpcReply()),
                        List.of(),
                        List.of(new GrpcProtocol(metrics)),
                        List.of(),
                        List.of(metrics)));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", gateway.port())
                .usePlaintext()
                .build();
    }

    private static GatewayConfig config(int port, Path descriptors) {
        GatewayConfig base = TestConfig.create()
                .http("http")
                .backend("greeter", Protocol.H2C, port)
                .route(route(true, "/" + DemoServer.SERVICE))
                .route(route(false, "/v1"))
                .build();
        Transcoding transcoding = new Transcoding(
                List.of(descriptors),
                List.of(),
                Transcoding.UnknownFields.REJECT,
                Transcoding.FieldNames.JSON,
                false,
                false,
                Defaults.MAX_TRANSCODED_MESSAGE_BYTES);
        RuleTerms terms = new RuleTerms(
                null,
                null,
                false,
                RetryTerms.DEFAULT,
                new GrpcTerms(null, null, ClientTerms.UNLIMITED, ClientTerms.UNLIMITED, transcoding));
        TrafficPolicy policy = new TrafficPolicy(
                TestConfig.key("rest"), List.of(new TargetRef(false, TestConfig.key("greeter"), null)), terms);
        return new GatewayConfig(
                base.gateways(),
                base.routes(),
                base.backends(),
                base.certificates(),
                base.clientPolicies(),
                List.of(policy),
                base.digest());
    }

    private static HttpRoute route(boolean grpc, String prefix) {
        HttpMatch match = new HttpMatch(new PathMatch(PathMatch.Type.PATH_PREFIX, prefix), null, List.of(), List.of());
        BackendRef ref = new BackendRef(TestConfig.key("greeter"), 1, List.of());
        HttpRule rule = new HttpRule(null, List.of(match), List.of(), List.of(ref), null, null);
        return new HttpRoute(
                grpc,
                TestConfig.key("greeter"),
                List.of(new HttpRoute.ParentRef(TestConfig.key("gw"), null, 0)),
                List.of(),
                List.of(rule));
    }

    @AfterEach
    void close() {
        channel.shutdownNow();
        gateway.close();
        Eventually.get(vertx.close());
    }

    private static <Q extends MessageLite, A extends MessageLite> MethodDescriptor<Q, A> method(
            String name, MethodType type, Q request, A response) {
        return MethodDescriptor.<Q, A>newBuilder()
                .setFullMethodName(DemoServer.SERVICE + "/" + name)
                .setType(type)
                .setRequestMarshaller(ProtoLiteUtils.marshaller(request))
                .setResponseMarshaller(ProtoLiteUtils.marshaller(response))
                .build();
    }

    private static final MethodDescriptor<GreetRequest, Greeting> GREET =
            method("Greet", MethodType.UNARY, GreetRequest.getDefaultInstance(), Greeting.getDefaultInstance());

    private static GreetRequest greet(String name, String language) {
        return GreetRequest.newBuilder().setName(name).setLanguage(language).build();
    }

    /** Hears messages, and at last a status. */
    private <A> StreamObserver<A> ear() {
        return new StreamObserver<>() {
            @Override
            public void onNext(A message) {
                heard.add(message);
            }

            @Override
            public void onError(Throwable failure) {
                heard.add(Status.fromThrowable(failure).getCode());
            }

            @Override
            public void onCompleted() {
                heard.add(Status.Code.OK);
            }
        };
    }

    private void call(GreetRequest request) {
        ClientCalls.asyncUnaryCall(channel.newCall(GREET, CallOptions.DEFAULT), request, ear());
    }

    @Test
    void greetsOneAndRefusesNobody() throws Exception {
        call(greet("Ada", "fr"));
        assertEquals(Greeting.newBuilder().setText("Bonjour, Ada").build(), heard.take());
        assertEquals(Status.Code.OK, heard.take());
        call(greet("", ""));
        assertEquals(Status.Code.INVALID_ARGUMENT, heard.take());
    }

    @Test
    void countsDown() throws Exception {
        MethodDescriptor<CountdownRequest, Tick> countdown = method(
                "Countdown",
                MethodType.SERVER_STREAMING,
                CountdownRequest.getDefaultInstance(),
                Tick.getDefaultInstance());
        ClientCalls.asyncServerStreamingCall(
                channel.newCall(countdown, CallOptions.DEFAULT),
                CountdownRequest.newBuilder().setFrom(1).build(),
                ear());
        assertEquals(Tick.newBuilder().setLeft(1).build(), heard.take());
        assertEquals(Tick.newBuilder().setLeft(0).build(), heard.take());
        assertEquals(Status.Code.OK, heard.take());
    }

    @Test
    void addsUpWhatComes() throws Exception {
        MethodDescriptor<Number, Total> sum =
                method("Sum", MethodType.CLIENT_STREAMING, Number.getDefaultInstance(), Total.getDefaultInstance());
        StreamObserver<Number> numbers =
                ClientCalls.asyncClientStreamingCall(channel.newCall(sum, CallOptions.DEFAULT), ear());
        numbers.onNext(Number.newBuilder().setValue(40).build());
        numbers.onNext(Number.newBuilder().setValue(2).build());
        numbers.onCompleted();
        assertEquals(Total.newBuilder().setSum(42).setCount(2).build(), heard.take());
        assertEquals(Status.Code.OK, heard.take());
    }

    @Test
    void chatsWhileTheClientStillTalks() throws Exception {
        MethodDescriptor<GreetRequest, Greeting> chat = method(
                "Chat", MethodType.BIDI_STREAMING, GreetRequest.getDefaultInstance(), Greeting.getDefaultInstance());
        StreamObserver<GreetRequest> talk =
                ClientCalls.asyncBidiStreamingCall(channel.newCall(chat, CallOptions.DEFAULT), ear());
        talk.onNext(greet("Ada", ""));
        assertEquals(Greeting.newBuilder().setText("Hello, Ada").build(), heard.take());
        talk.onNext(greet("Emmy", "de"));
        assertEquals(Greeting.newBuilder().setText("Hallo, Emmy").build(), heard.take());
        talk.onCompleted();
        assertEquals(Status.Code.OK, heard.take());
    }

    private String rest(String path, String accept) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path))
                .header("accept", accept)
                .build();
        HttpResponse<String> response = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(request, HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
    }

    @Test
    void isReachedAsRest() throws Exception {
        assertEquals("200 {\"text\":\"Hallo, Ada\"}", rest("/v1/greetings/Ada?language=de", "*/*"));
        assertEquals("200 {\"left\":1}\n{}\n", rest("/v1/countdown/1", "application/x-ndjson"));
        // The server ends with trailers alone, and a content-length of 0.
        assertEquals(
                "400 {\"code\":3,\"message\":\"from 99 (expected: 1..10)\",\"details\":[]}",
                rest("/v1/countdown/99", "*/*"));
    }

    @Test
    void theDescriptorSetIsWholeAndInOrder() throws Exception {
        assertEquals(
                List.of(
                        "google/api/http.proto",
                        "google/protobuf/descriptor.proto",
                        "google/api/annotations.proto",
                        "sluice/demo/v1/greeter.proto"),
                FileDescriptorSet.parseFrom(DemoServer.descriptorSet()).getFileList().stream()
                        .map(FileDescriptorProto::getName)
                        .toList());
    }

    @Test
    void channelzTellsOfCallsAndChannels() throws Exception {
        JsonObject idle = channelz().getJsonArray("channel").getJsonObject(0);
        assertEquals("default/greeter", idle.getJsonObject("ref").getString("name"));
        assertEquals("IDLE", state(idle));
        call(greet("Ada", ""));
        heard.take();
        assertEquals(Status.Code.OK, heard.take());
        call(greet("", ""));
        assertEquals(Status.Code.INVALID_ARGUMENT, heard.take());
        gateway.awaitIdle();

        JsonObject shown = channelz();
        JsonObject server = shown.getJsonArray("server").getJsonObject(0);
        assertEquals(List.of(2, 1, 1), calls(server.getJsonObject("data")));
        assertEquals(
                "127.0.0.1:" + gateway.port(),
                server.getJsonArray("listenSocket").getJsonObject(0).getString("name"));
        JsonObject method = server.getJsonArray("method").getJsonObject(0);
        assertEquals("sluice.demo.v1.Greeter/Greet", method.getString("name"));
        assertEquals(List.of(2, 1, 1), calls(method.getJsonObject("data")));

        JsonObject ready = shown.getJsonArray("channel").getJsonObject(0);
        assertEquals("READY", state(ready));
        // Both were answered with 200: a channel counts requests.
        assertEquals(List.of(2, 2, 0), calls(ready.getJsonObject("data")));
        JsonArray subchannels = ready.getJsonArray("subchannel");
        assertEquals(1, subchannels.size());
        assertEquals("READY", state(subchannels.getJsonObject(0)));
    }

    private JsonObject channelz() {
        return new JsonObject(gateway.admin("/channelz").text());
    }

    private static String state(JsonObject channel) {
        return channel.getJsonObject("data").getJsonObject("state").getString("state");
    }

    private static List<Integer> calls(JsonObject data) {
        return List.of(
                data.getInteger("callsStarted"), data.getInteger("callsSucceeded"), data.getInteger("callsFailed"));
    }
}
