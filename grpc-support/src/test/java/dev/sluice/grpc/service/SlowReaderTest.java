package dev.sluice.grpc.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Defaults;
import dev.sluice.grpc.GrpcMetrics;
import dev.sluice.grpc.GrpcReply;
import dev.sluice.grpc.protocol.GrpcProtocol;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.netty.handler.codec.http2.Http2Settings;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client that asks much and reads nothing. */
final class SlowReaderTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    /** Answers do not gather in the gateway: those that the client takes first are all that it has ready. */
    @Test
    void questionsWhoseAnswersNobodyReads() throws IOException {
        TestGateway gateway = gateways.start(
                TestGateway.bootstrap(1),
                TestConfig.create()
                        .http("http")
                        .backend("app", Protocol.H2C, 1)
                        .route(GrpcRoutes.of("some.Service", "app"))
                        .build(),
                new Extensions(
                        List.of(new GrpcReply()),
                        List.of(),
                        List.of(new GrpcProtocol(new GrpcMetrics())),
                        List.of(ReflectionService.create()),
                        List.of()));
        byte[] question = ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol(ReflectionService.V1)
                .build()
                .toByteArray();
        Buffer questions = Buffer.buffer();
        int count = 0;
        while (questions.length() + 5 + question.length <= 16_384) {
            questions.appendByte((byte) 0).appendInt(question.length).appendBytes(question);
            count++;
        }
        assertTrue(count > 2 * Defaults.REFLECTION_WAITING);
        try (RawH2Client client = RawH2Client.connect(gateway.port(), new Http2Settings().initialWindowSize(0))) {
            RawH2Stream stream = client.open(
                    RawH2Client.head("POST", "/" + ReflectionService.V1 + "/" + ReflectionService.METHOD)
                            .add("content-type", "application/grpc")
                            .add("te", "trailers"),
                    false);
            stream.data(questions.getBytes(), false);
            client.windowUpdate(stream.id(), 1 << 24);
            H2Response response = stream.response();
            assertEquals("8", response.trailer("grpc-status"));
            assertEquals("more than 100 requests wait for their answers", response.trailer("grpc-message"));
        }
    }
}
