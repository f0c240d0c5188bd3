package dev.sluice.grpc;

import static dev.sluice.grpc.GrpcWire.call;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.FileDescriptor;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.FilterSpec.Custom;
import dev.sluice.config.GrpcTerms;
import dev.sluice.config.GrpcTerms.Transcoding;
import dev.sluice.config.GrpcTerms.Transcoding.FieldNames;
import dev.sluice.config.GrpcTerms.Transcoding.UnknownFields;
import dev.sluice.filter.FilterAction;
import dev.sluice.filter.FilterContext;
import dev.sluice.filter.FilterFactory;
import dev.sluice.filter.HttpFilter;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import sluice.proto.demo.v1.GreeterProto;

/** Which calls count as errors at /cluster, at /routes and in the watch of a pushed configuration, though HTTP says 200. */
final class GrpcErrorsTest {

    private static final Buffer MESSAGE = Buffer.buffer(new byte[] {0, 0, 0, 0, 1, 7});

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    /** A message and the status that the method's name is, in trailers; none for {@code none}. */
    private static UpstreamServer answering() {
        return UpstreamServer.h2c(exchange -> {
            String status = exchange.request().path().replaceFirst(".*/", "");
            if (status.equals("stall")) {
                return;
            }
            var response = exchange.response().putHeader("content-type", "application/grpc");
            if (!status.equals("none")) {
                response.putTrailer("grpc-status", status);
            }
            var unused = response.end(MESSAGE);
        });
    }

    @Test
    void statusesThatAreTheServersFaultDo() throws IOException {
        try (UpstreamServer upstream = answering()) {
            TestGateway gateway = gateways.start(
                    TestGateway.bootstrap(1),
                    TestConfig.create()
                            .http("http")
                            .backend("app", Protocol.H2C, upstream.port())
                            .grpcRoute(TestConfig.rule("/").to("app"))
                            .build(),
                    GrpcWire.extensions());
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                for (String status : List.of("0", "1", "3", "5", "6", "7", "8", "9", "10", "11", "12", "16")) {
                    assertEquals(status, status(client, status));
                }
                assertCounted(gateway, 12, 0);
                for (String status : List.of("2", "4", "13", "14", "15")) {
                    assertEquals(status, status(client, status));
                }
                assertEquals("null", status(client, "none"));
                assertCounted(gateway, 18, 6);
                // The client's fault, though gRPC has no better word for it than INTERNAL.
                RawH2Stream broken =
                        client.open(call("/a.Service/stall"), false).data(new byte[] {0, 0}, true);
                GrpcWire.assertTrailersOnly(broken, GrpcStatus.INTERNAL);
                assertCounted(gateway, 19, 6);
                Eventually.holds(
                        "the route shows them", () -> status(client, "14").equals("14") && routeFails(gateway));
            }
        }
    }

    /** Answers with the status that the request asks for. */
    public static final class Denying implements FilterFactory, HttpFilter {

        @Override
        public HttpFilter create(JsonObject config) {
            return this;
        }

        @Override
        public FilterAction onRequest(FilterContext exchange) {
            return exchange.reply(Integer.parseInt(exchange.requestHeaders().get("x-reply")), null);
        }
    }

    /** They have no status of gRPC's, and are what their status of HTTP says. */
    @Test
    void answersOfFiltersToJsonCountByTheirStatus(@TempDir Path directory) throws IOException {
        FileDescriptorSet.Builder set = FileDescriptorSet.newBuilder();
        add(set, GreeterProto.getDescriptor());
        Path file = Files.write(directory.resolve("greeter.pb"), set.build().toByteArray());
        Transcoding transcoding = new Transcoding(
                List.of(file),
                List.of("sluice.demo.v1.Greeter"),
                UnknownFields.REJECT,
                FieldNames.JSON,
                false,
                false,
                4096);
        TestGateway gateway = gateways.start(
                TestGateway.bootstrap(1),
                TestConfig.create()
                        .http("http")
                        .route(TestConfig.rule("/")
                                .grpc(new GrpcTerms(
                                        null, null, ClientTerms.UNLIMITED, ClientTerms.UNLIMITED, transcoding))
                                .filter(new Custom(
                                        TestConfig.key("denying"), Denying.class.getName(), new JsonObject())))
                        .build(),
                GrpcWire.extensions());
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            for (int status : List.of(302, 403, 429)) {
                assertEquals(status, replied(client, status));
            }
            assertCounted(gateway, 3, 0);
            assertEquals(503, replied(client, 503));
            assertCounted(gateway, 4, 1);
        }
    }

    private static int replied(RawHttp1 client, int status) throws IOException {
        return client.sendHead("GET /v1/greetings/x HTTP/1.1", "host: localhost", "x-reply: " + status)
                .readResponse()
                .status();
    }

    private static void add(FileDescriptorSet.Builder set, FileDescriptor file) {
        if (set.getFileList().stream().noneMatch(known -> known.getName().equals(file.getName()))) {
            file.getDependencies().forEach(imported -> add(set, imported));
            set.addFile(file.toProto());
        }
    }

    private static boolean routeFails(TestGateway gateway) {
        JsonObject routes = new JsonObject(gateway.admin("/routes").text());
        return routes.getJsonArray("routes").getJsonObject(0).getDouble("errorsPerSecond") > 0;
    }

    private static String status(RawH2Client client, String method) {
        try {
            return String.valueOf(
                    client.open(call("/a.Service/" + method), true).response().trailer("grpc-status"));
        } catch (IOException e) {
            throw new AssertionError("a call", e);
        }
    }

    private static void assertCounted(TestGateway gateway, long requests, long errors) {
        Eventually.holds(requests + " are counted", () -> traffic(gateway).getLong("requests") == requests);
        assertEquals(errors, traffic(gateway).getLong("errors"));
    }

    private static JsonObject traffic(TestGateway gateway) {
        return new JsonObject(gateway.admin("/cluster").text())
                .getJsonArray("nodes")
                .getJsonObject(0)
                .getJsonObject("traffic");
    }
}
