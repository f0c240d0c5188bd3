package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.sluice.filter.GrpcContent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which media types are calls: what is one has no limit of its body's length and pace. */
final class CallTypesTest {

    @ParameterizedTest
    @CsvSource({
        "application/grpc, true, true",
        "application/grpc+proto, true, true",
        "application/grpc;charset=utf-8, true, true",
        "Application/GRPC, true, true",
        "application/grpc-web, false, true",
        "application/grpc-web+proto, false, true",
        "application/gRPC-Web-Text, false, true",
        "application/grpc-web-text-base64+proto, false, true",
        "application/grpcx, false, false",
        "application/grpc-, false, false",
        "application/grpc-webx, false, false",
        "application/grpc-web-textual, false, false",
        "application/grp, false, false",
        "text/plain, false, false"
    })
    void mediaTypes(String type, boolean grpc, boolean call) {
        assertEquals(grpc, GrpcContent.isGrpc(type));
        assertEquals(call, GrpcContent.isCall(type));
    }

    @Test
    void none() {
        assertFalse(GrpcContent.isGrpc(null));
        assertFalse(GrpcContent.isCall(null));
    }
}
