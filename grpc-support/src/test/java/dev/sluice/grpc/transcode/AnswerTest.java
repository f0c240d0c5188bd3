package dev.sluice.grpc.transcode;

import static dev.sluice.grpc.transcode.TestApi.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.BadRequest;
import com.google.rpc.Status;
import dev.sluice.failure.Failure;
import dev.sluice.grpc.GrpcStatus;
import dev.sluice.spi.Call.Ending;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a client gets of a call: its message, its status, or what went wrong between. */
final class AnswerTest {

    private static final TestApi API = new TestApi()
            .message("M", "string s = 1", "int64 n = 2")
            .rpc("One", "M", "M", get("/one"))
            .rpc("Many", "M", "stream M", get("/many"));
    private static final Transcoder TRANSCODER = API.transcoder();

    private static TestCall one() {
        return TestCall.begin(API, TRANSCODER, "GET", "/one").end();
    }

    private static TestCall many(String... headers) {
        return TestCall.begin(API, TRANSCODER, "GET", "/many", headers).end();
    }

    private static TestCall lines() {
        return many("accept", "application/x-ndjson");
    }

    @Test
    void theUpstreamIsSentAGrpcRequest() {
        TestCall call = one();
        MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                .set("content-type", "application/json")
                .set("content-length", "7")
                .set("content-encoding", "identity")
                .set("accept", "application/json")
                .set("accept-encoding", "gzip")
                .set("grpc-encoding", "gzip")
                .set("grpc-timeout", "1S")
                .set("authorization", "Bearer x");
        call.call().upstreamHead(headers);
        assertEquals(
                List.of(
                        "authorization=Bearer x",
                        "content-type=application/grpc",
                        "grpc-accept-encoding=identity",
                        "grpc-timeout=1S",
                        "te=trailers"),
                headers.entries().stream()
                        .map(e -> e.getKey() + "=" + e.getValue())
                        .sorted()
                        .toList());
        assertTrue(call.call().rewritesRequest());
        assertTrue(call.call().rewritesResponse());
        assertEquals(List.of("begin /test.Api/One", "request 5", "request end"), call.inner);
    }

    @Test
    void aMessageIsHeldUntilTheStatusIsKnown() {
        TestCall call = one().head("x-metadata", "kept", "grpc-encoding", "identity", "trailer", "grpc-status");
        assertEquals("held", call.answer());
        call.message("M", "s: 'x' n: 7");
        assertEquals("held", call.answer());
        call.trailers("grpc-status", "0", "x-trailer", "kept");
        assertEquals("200 application/json {\"s\":\"x\",\"n\":\"7\"}", call.answer());
        assertEquals("kept", call.exchange.responseHeaders().get("x-metadata"));
        assertNull(call.exchange.responseHeaders().get("grpc-encoding"));
        assertNull(call.exchange.responseHeaders().get("trailer"));
        assertEquals("response end 0", call.inner.get(call.inner.size() - 1));
    }

    @Test
    void trailersStayButForTheStatus() {
        MultiMap trailers = MultiMap.caseInsensitiveMultiMap()
                .set("grpc-status", "5")
                .set("grpc-message", "m")
                .set("grpc-status-details-bin", "")
                .set("x-kept", "1");
        Buffer unused = one().head().call().responseEnd(trailers);
        assertEquals("x-kept=1", trailers.entries().get(0).toString());
        assertEquals(1, trailers.size());
    }

    @Test
    void aMessageThatAFailureFollowsIsForNobody() {
        TestCall call = one().head().message("M", "s: 'x'").trailers("grpc-status", "10", "grpc-message", "no%21");
        assertEquals("409 application/json {\"code\":10,\"message\":\"no!\",\"details\":[]}", call.answer());
    }

    @ParameterizedTest
    @CsvSource({
        "1, 499", "2, 500", "3, 400", "4, 504", "5, 404", "6, 409", "7, 403", "8, 429", "9, 400", "10, 409", "11, 400",
        "12, 501", "13, 500", "14, 503", "15, 500", "16, 401"
    })
    void everyStatusHasAnHttpStatus(int code, int http) {
        String body = " application/json {\"code\":" + code + ",\"message\":\"why\",\"details\":[]}";
        assertEquals(
                http + body,
                one().head("grpc-status", "" + code, "grpc-message", "why")
                        .trailers()
                        .answer());
        assertEquals(
                http + body,
                one().head()
                        .trailers("grpc-status", "" + code, "grpc-message", "why")
                        .answer());
        assertEquals(
                http + body,
                many().head()
                        .trailers("grpc-status", "" + code, "grpc-message", "why")
                        .answer());
    }

    @ParameterizedTest
    @CsvSource({"17", "-1", "x", "''"})
    void aStatusThatIsNoneIsUnknown(String status) {
        assertEquals(
                "500 application/json {\"code\":2,\"message\":\"\",\"details\":[]}",
                one().head().trailers("grpc-status", status).answer());
    }

    @ParameterizedTest
    @CsvSource({"gr%C3%B6%C3%9Fer, größer", "100%, 100%", "a+b, a+b", "a%22b, a\\\"b", "a%0Ab, a\\nb"})
    void messagesAreDecoded(String encoded, String message) {
        assertEquals(
                "404 application/json {\"code\":5,\"message\":\"" + message + "\",\"details\":[]}",
                one().head()
                        .trailers("grpc-status", "5", "grpc-message", encoded)
                        .answer());
    }

    @Test
    void detailsOfKnownTypesAreJson() {
        Status status = Status.newBuilder()
                .setCode(3)
                .setMessage("other")
                .addDetails(Any.pack(BadRequest.newBuilder()
                        .addFieldViolations(
                                BadRequest.FieldViolation.newBuilder().setField("s"))
                        .build()))
                .addDetails(Any.newBuilder()
                        .setTypeUrl("type.googleapis.com/test.M")
                        .setValue(ByteString.copyFrom(API.bytes("M", "n: 5"))))
                .addDetails(Any.newBuilder()
                        .setTypeUrl("type.googleapis.com/other.Type")
                        .setValue(ByteString.copyFromUtf8("abc")))
                .build();
        String details = Base64.getEncoder().withoutPadding().encodeToString(status.toByteArray());
        assertEquals(
                "400 application/json {\"code\":3,\"message\":\"why\",\"details\":["
                        + "{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\",\"fieldViolations\":[{\"field\":\"s\"}]},"
                        + "{\"@type\":\"type.googleapis.com/test.M\",\"n\":\"5\"},"
                        + "{\"@type\":\"type.googleapis.com/other.Type\",\"value\":\"YWJj\"}]}",
                one().head()
                        .trailers("grpc-status", "3", "grpc-message", "why", "grpc-status-details-bin", details)
                        .answer());
    }

    @ParameterizedTest
    @CsvSource({"!!!", "AAAA"})
    void detailsThatCannotBeReadAreNone(String details) {
        assertEquals(
                "400 application/json {\"code\":3,\"message\":\"\",\"details\":[]}",
                one().head()
                        .trailers("grpc-status", "3", "grpc-status-details-bin", details)
                        .answer());
    }

    @Test
    void noStatusIsUnknown() {
        assertEquals(
                "500 application/json {\"code\":2,\"message\":\"The backend gave no grpc-status\",\"details\":[]}",
                one().head().message("M", "s: 'x'").trailers().answer());
    }

    @Test
    void anAnswerThatIsNotGrpcIsUnknownAndItsBodyForNobody() {
        TestCall call = one().head("content-type", "text/html");
        call.bytes(Buffer.buffer("<html>")).trailers();
        assertEquals(
                "500 application/json {\"code\":2,\"message\":\"The backend's answer is not gRPC\",\"details\":[]}",
                call.answer());
    }

    @Test
    void messagesMayComeInAnyPieces() {
        TestCall call = one().head();
        byte[] frame = TestCall.frame(API.bytes("M", "s: 'x'")).getBytes();
        for (byte b : frame) {
            call.bytes(Buffer.buffer(new byte[] {b}));
        }
        assertEquals(
                "200 application/json {\"s\":\"x\"}",
                call.trailers("grpc-status", "0").answer());
    }

    @Test
    void noMessageIsNoAnswer() {
        assertEquals(
                "500 {\"code\":13,\"message\":\"The backend sent no message\",\"details\":[]}",
                one().head().trailers("grpc-status", "0").refusal());
    }

    @Test
    void twoMessagesAreNoAnswer() {
        assertEquals(
                "500 {\"code\":13,\"message\":\"The backend sent more than one message\",\"details\":[]}",
                one().head().message("M", "").message("M", "").refusal());
    }

    @Test
    void halfAMessageIsNoAnswer() {
        assertEquals(
                "500 {\"code\":13,\"message\":\"The backend's last message is not complete\",\"details\":[]}",
                one().head()
                        .message("M", "")
                        .bytes(Buffer.buffer(new byte[] {0, 0}))
                        .trailers("grpc-status", "0")
                        .refusal());
    }

    @Test
    void aCompressedMessageWasNotAskedFor() {
        assertEquals(
                "500 {\"code\":13,\"message\":\"The backend sent a compressed message\",\"details\":[]}",
                one().head().bytes(Buffer.buffer(new byte[] {1, 0, 0, 0, 0})).refusal());
    }

    @Test
    void whatIsNoMessageIsNoAnswer() {
        assertEquals(
                "500 {\"code\":13,\"message\":\"The backend's message is no test.M\",\"details\":[]}",
                one().head()
                        .bytes(TestCall.frame(new byte[] {(byte) 0xff}))
                        .trailers("grpc-status", "0")
                        .refusal());
    }

    @Test
    void aMessageThatIsTooLarge() {
        assertEquals(
                "502 {\"code\":8,\"message\":\"The backend's message has 4097 bytes (expected: at most 4096)\",\"details\":[]}",
                one().head().bytes(Buffer.buffer(new byte[] {0, 0, 0, 0x10, 1})).refusal());
        assertEquals(
                "502 {\"code\":8,\"message\":\"The backend's message has 4294967295 bytes (expected: at most 4096)\",\"details\":[]}",
                one().head()
                        .bytes(Buffer.buffer(new byte[] {0, -1, -1, -1, -1}))
                        .refusal());
    }

    @Test
    void aMessageThatIsTooLargeAsJson() {
        assertEquals(
                "502 {\"code\":8,\"message\":\"The backend's message has 8196 bytes as JSON (expected: at most 4096)\",\"details\":[]}",
                one().head()
                        .message("M", "s: '" + "\\n".repeat(4090) + "' n: 1")
                        .trailers("grpc-status", "0")
                        .refusal());
    }

    @Test
    void aStreamIsAnArray() {
        TestCall call = many().head();
        assertEquals("held", call.answer());
        assertEquals(
                "200 application/json [{\"s\":\"a\"}",
                call.message("M", "s: 'a'").answer());
        assertEquals(
                "200 application/json [{\"s\":\"a\"},{\"s\":\"b\"}",
                call.message("M", "s: 'b'").answer());
        assertEquals(
                "200 application/json [{\"s\":\"a\"},{\"s\":\"b\"}]",
                call.trailers("grpc-status", "0").answer());
    }

    @Test
    void aStreamWithoutMessagesIsAnEmptyArray() {
        assertEquals(
                "200 application/json []",
                many().head().trailers("grpc-status", "0").answer());
        assertEquals(
                "200 application/x-ndjson",
                lines().head().trailers("grpc-status", "0").answer());
    }

    @Test
    void aStreamIsLinesForWhoAsks() {
        TestCall call = lines().head().message("M", "s: 'a'").message("M", "s: 'b'");
        assertEquals(
                "200 application/x-ndjson {\"s\":\"a\"}\n{\"s\":\"b\"}\n",
                call.trailers("grpc-status", "0").answer());
    }

    @Test
    void linesEndWithTheError() {
        TestCall call = lines().head().message("M", "s: 'a'");
        assertEquals(
                "200 application/x-ndjson {\"s\":\"a\"}\n{\"error\":{\"code\":14,\"message\":\"gone\",\"details\":[]}}\n",
                call.trailers("grpc-status", "14", "grpc-message", "gone").answer());
        assertNull(call.exchange.failure);
    }

    @Test
    void anArrayIsBrokenOff() {
        TestCall call = many().head().message("M", "s: 'a'").trailers("grpc-status", "14", "grpc-message", "gone");
        assertEquals("200 application/json [{\"s\":\"a\"}", call.answer());
        assertEquals(Failure.UPSTREAM_INCOMPLETE, call.exchange.failure);
        assertEquals("The backend ended its stream with status 14: gone", call.exchange.detail);
        assertNull(call.call().breakOff(Failure.UPSTREAM_INCOMPLETE, "x"));
    }

    @Test
    void afterTheHeadAFailureEndsLines() {
        TestCall call = lines().head();
        assertNull(call.call().breakOff(Failure.UPSTREAM_RESET, "x"));
        Ending ending = call.message("M", "").call().breakOff(Failure.REQUEST_TIMEOUT, "too slow");
        assertEquals(
                "{\"error\":{\"code\":4,\"message\":\"too slow\",\"details\":[]}}\n",
                ending == null ? null : String.valueOf(ending.last()));
        assertTrue(ending != null && ending.trailers().isEmpty());
    }

    @ParameterizedTest
    @EnumSource(Failure.class)
    void noFailureIsOkAndOnlyClientsAreGuilty(Failure failure) {
        int status = HttpStatusTable.of(failure);
        boolean client = failure.where() == Failure.Where.DOWNSTREAM;
        assertTrue(status >= 400 && status <= 599);
        // 404 and 426 say of the gateway that it has not what was asked for.
        if (!client && failure.status() >= 500) {
            assertTrue(status >= 500, failure + " is " + status);
        }
        assertFalse(HttpStatusTable.grpc(failure) == GrpcStatus.OK);
        assertEquals(client ? failure.status() : status, status);
    }

    @ParameterizedTest
    @CsvSource({
        "BAD_REQUEST, 400, INVALID_ARGUMENT",
        "UNSUPPORTED_MEDIA_TYPE, 415, INVALID_ARGUMENT",
        "METHOD_NOT_ALLOWED, 405, UNIMPLEMENTED",
        "BODY_TOO_LARGE, 413, RESOURCE_EXHAUSTED",
        "NO_ENDPOINT, 503, UNAVAILABLE",
        "CONNECT_REFUSED, 503, UNAVAILABLE",
        "REQUEST_TIMEOUT, 504, DEADLINE_EXCEEDED",
        "UPSTREAM_RESET, 502, CANCELLED",
        "UPSTREAM_CALM, 503, RESOURCE_EXHAUSTED",
        "UPSTREAM_INSECURE, 502, PERMISSION_DENIED",
        "INTERNAL, 500, INTERNAL"
    })
    void failuresOfTheGatewaysOwn(Failure failure, int http, GrpcStatus status) {
        assertEquals(http, HttpStatusTable.of(failure));
        assertEquals(status, HttpStatusTable.grpc(failure));
    }
}
