package dev.sluice.grpc.web;

import static dev.sluice.grpc.web.DrivenCall.joined;
import static dev.sluice.grpc.web.DrivenCall.message;
import static dev.sluice.grpc.web.DrivenCall.trailersFrame;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.failure.Failure;
import dev.sluice.spi.Call;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** gRPC-Web byte by byte ({@code PROTOCOL-WEB.md}). */
final class WebCallTest {

    private static final String BINARY = "application/grpc-web+proto";
    private static final String TEXT = "application/grpc-web-text";

    private static final Buffer TWO_MESSAGES = joined(List.of(message("first"), message("second one")));
    private static final Buffer END =
            trailersFrame("grpc-status: 5\r\ngrpc-message: gr%C3%B6%C3%9Fer\r\nx-two: a\r\nx-two: b\r\n");

    private static MultiMap trailers() {
        return MultiMap.caseInsensitiveMultiMap()
                .add("grpc-status", "5")
                .add("Grpc-Message", "gr%C3%B6%C3%9Fer")
                .add("x-two", "a")
                .add("x-two", "b");
    }

    private static DrivenCall answered(DrivenCall call) {
        call.response.set("content-type", "application/grpc");
        return call;
    }

    /** A body in two chunks, split at every byte, and in chunks of one byte each. */
    private static List<List<Buffer>> splits(Buffer body) {
        List<List<Buffer>> all = new ArrayList<>();
        for (int at = 0; at <= body.length(); at++) {
            all.add(List.of(body.slice(0, at), body.slice(at, body.length())));
        }
        List<Buffer> bytes = new ArrayList<>();
        for (int at = 0; at < body.length(); at++) {
            bytes.add(body.slice(at, at + 1));
        }
        all.add(bytes);
        return all;
    }

    private static Buffer base64(Buffer bytes) {
        return Buffer.buffer(Base64.getEncoder().encode(bytes.getBytes()));
    }

    /** Decodes as the client of the npm package grpc-web does: group by group, padding wherever it is. */
    private static Buffer decoded(Buffer text) {
        assertEquals(0, text.length() % 4, "whole groups");
        Buffer bytes = Buffer.buffer();
        for (int at = 0; at < text.length(); at += 4) {
            bytes.appendBytes(Base64.getDecoder().decode(text.getBytes(at, at + 4)));
        }
        return bytes;
    }

    // --- which requests ---

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {
                "application/grpc-web, true",
                "application/grpc-web+proto, true",
                "application/grpc-web+json, true",
                "Application/gRPC-Web+Proto; charset=utf-8, true",
                "application/grpc-web ;x=y, true",
                "application/grpc-web-text, true",
                "application/grpc-web-text+proto, true",
                "application/grpc-web-text-base64, true",
                "application/grpc-web-texture, false",
                "application/grpc-webs, false",
                "application/grpc, false",
                "application/grpc+proto, false",
                "application/json, false",
                "null, false"
            })
    void isKnownByItsContentType(String contentType, boolean accepted) {
        assertEquals(accepted, WebCall.accepts(contentType));
    }

    // --- the request ---

    @ParameterizedTest
    @CsvSource({
        "application/grpc-web, application/grpc",
        "application/grpc-web+proto, application/grpc+proto",
        "application/grpc-web+json;charset=utf-8, application/grpc+json",
        "application/grpc-web-text, application/grpc",
        "application/grpc-web-text+proto, application/grpc+proto"
    })
    void theGrpcCallSeesTheHeadOfAGrpcClient(String web, String grpc) {
        DrivenCall call = DrivenCall.of(web).accept(web);
        call.request
                .set("content-length", "12")
                .set("x-grpc-web", "1")
                .set("x-user-agent", "grpc-web-javascript/0.1")
                .set("accept-encoding", "gzip, deflate, br")
                .set("grpc-timeout", "1S")
                .set("key-bin", "AAEC");
        var unusedCall = call.begin();
        List<String> lines = new ArrayList<>();
        call.request.forEach((name, value) -> lines.add(name + ": " + value));
        assertEquals(
                List.of(
                        "content-type: " + grpc,
                        "grpc-timeout: 1S",
                        "key-bin: AAEC",
                        "te: trailers",
                        "x-user-agent: grpc-web-javascript/0.1"),
                lines.stream().sorted().toList());
    }

    @Test
    void binaryMessagesPassUncopied() {
        Call call = DrivenCall.of(BINARY).begin();
        assertFalse(call.rewritesRequest());
        assertSame(TWO_MESSAGES, call.requestData(TWO_MESSAGES));
        assertNull(call.requestEnd());
    }

    @Test
    void textIsDecodedHoweverItIsCut() {
        // As one, and with padding after each message and in its middle.
        Buffer padded = joined(List.of(
                base64(message("first")),
                base64(message("second one").slice(0, 7)),
                base64(message("second one").slice(7, 15))));
        assertTrue(padded.toString().matches("[^=]+=+[^=]+=+[^=]+=+"), padded.toString());
        for (Buffer text : List.of(base64(TWO_MESSAGES), padded)) {
            for (List<Buffer> chunks : splits(text)) {
                DrivenCall call = DrivenCall.of(TEXT);
                assertEquals(TWO_MESSAGES, call.requestBody(chunks));
                assertEquals(List.of(), call.failures);
            }
        }
    }

    @Test
    void textSaysNothingOfTheLengthOfWhatIsSent() {
        assertTrue(DrivenCall.of(TEXT).begin().rewritesRequest());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"AAAA*AAA", "AAAA AAA", "AAA\r\nA", "AAA-", "AAA_", "=AAA", "A===", "AA=A", "AAA=====", "AAAA\0"
            })
    void whatIsNoBase64IsRefused(String text) {
        for (List<Buffer> chunks : splits(Buffer.buffer(text, "ISO-8859-1"))) {
            DrivenCall call = DrivenCall.of(TEXT);
            Buffer unusedBody = call.requestBody(chunks);
            assertEquals("BAD_REQUEST: The request's body is not base64", call.failures.get(0));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"A", "AA", "AAA", "AAAAA", "AA="})
    void base64MustBeWhole(String text) {
        DrivenCall call = DrivenCall.of(TEXT);
        Buffer unusedBody = call.requestBody(List.of(Buffer.buffer(text)));
        assertEquals(List.of("BAD_REQUEST: The request's base64 ends within a group of four"), call.failures);
    }

    @Test
    void aRequestHasNoTrailers() {
        Buffer body = joined(List.of(message("first"), trailersFrame("x: y\r\n")));
        for (List<Buffer> chunks : splits(body)) {
            DrivenCall call = DrivenCall.of(BINARY);
            Buffer unusedBody = call.requestBody(chunks);
            assertEquals("BAD_REQUEST: A request of gRPC-Web has no trailers", call.failures.get(0));
        }
    }

    @Test
    void whatAMessageHoldsIsNoFlag() {
        Buffer body = Buffer.buffer(new byte[] {1, 0, 0, 0, 2, (byte) 0x80, (byte) 0x80, 0, 0, 0, 0, 0});
        for (List<Buffer> chunks : splits(body)) {
            DrivenCall call = DrivenCall.of(BINARY);
            assertEquals(body, call.requestBody(chunks));
            assertEquals(List.of(), call.failures);
        }
    }

    // --- the response ---

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {
                "application/grpc-web+proto, null, application/grpc-web+proto",
                "application/grpc-web+proto, */*, application/grpc-web+proto",
                "application/grpc-web, application/grpc-web-text, application/grpc-web-text",
                "application/grpc-web+proto, 'text/html, application/grpc-web-text+proto;q=1', application/grpc-web-text+proto",
                "application/grpc-web-text, application/grpc-web-text, application/grpc-web-text",
                "application/grpc-web-text+proto, null, application/grpc-web-text+proto"
            })
    void theAnswerIsInTheFormThatTheClientReads(String contentType, String accept, String answer) {
        DrivenCall call = answered(DrivenCall.of(contentType));
        if (accept != null) {
            var unusedCall = call.accept(accept);
        }
        Buffer all = joined(call.responseBody(List.of(TWO_MESSAGES), trailers()));
        assertEquals(answer, call.response.get("content-type"));
        Buffer expected = joined(List.of(TWO_MESSAGES, END));
        assertEquals(expected, answer.contains("-text") ? decoded(all) : all);
    }

    @Test
    void trailersAreTheLastMessage() {
        for (List<Buffer> chunks : splits(TWO_MESSAGES)) {
            DrivenCall call = answered(DrivenCall.of(BINARY));
            MultiMap trailers = trailers();
            List<Buffer> pieces = call.responseBody(chunks, trailers);
            for (int i = 0; i < chunks.size(); i++) {
                assertSame(chunks.get(i), pieces.get(i), "passed on uncopied");
            }
            assertEquals(END, pieces.get(chunks.size()));
            assertTrue(trailers.isEmpty(), "there are no others");
        }
    }

    @Test
    void textIsPaddedWhereMessagesEnd() {
        DrivenCall call = answered(DrivenCall.of(TEXT));
        List<Buffer> pieces = call.responseBody(List.of(message("first"), message("second one")), trailers());
        assertEquals(List.of(base64(message("first")), base64(message("second one")), base64(END)), pieces);
    }

    @Test
    void textIsWholeHoweverItsMessagesAreCut() {
        Buffer whole = joined(List.of(TWO_MESSAGES, END));
        for (List<Buffer> chunks : splits(TWO_MESSAGES)) {
            DrivenCall call = answered(DrivenCall.of(TEXT));
            List<Buffer> pieces = call.responseBody(chunks, trailers());
            assertEquals(whole, decoded(joined(pieces)));
            int written = 0;
            Buffer seen = Buffer.buffer();
            for (int i = 0; i < chunks.size(); i++) {
                written += chunks.get(i).length();
                seen.appendBuffer(pieces.get(i));
                int ended = written >= TWO_MESSAGES.length() ? TWO_MESSAGES.length() : written >= 10 ? 10 : 0;
                assertTrue(decoded(seen).length() >= ended, "a message that is whole is not kept back");
            }
        }
    }

    @Test
    void onlyTheEndsOfMessagesArePadded() {
        List<Buffer> bytes = splits(message("seven b")).get(message("seven b").length() + 1);
        DrivenCall call = answered(DrivenCall.of(TEXT));
        List<Buffer> pieces = call.responseBody(bytes, trailers());
        assertEquals(base64(message("seven b")), joined(pieces.subList(0, bytes.size())));
    }

    @Test
    void anAnswerWithoutMessagesHasItsTrailers() {
        DrivenCall call = answered(DrivenCall.of(BINARY));
        assertEquals(List.of(END), call.responseBody(List.of(), trailers()));
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, TEXT})
    void trailersOnlyStaysAHead(String contentType) {
        DrivenCall call = answered(DrivenCall.of(contentType));
        call.response.set("grpc-status", "5").set("grpc-message", "gone").set("x-bin", "AAEC");
        assertEquals(List.of(Buffer.buffer()), call.responseBody(List.of(), MultiMap.caseInsensitiveMultiMap()));
        assertEquals("5", call.response.get("grpc-status"));
        assertEquals("gone", call.response.get("grpc-message"));
        assertEquals(contentType, call.response.get("content-type"));
    }

    @Test
    void trailersThatAreNotSentAreNotAnnounced() {
        DrivenCall call = answered(DrivenCall.of(BINARY));
        call.response.set("trailer", "grpc-status");
        List<Buffer> unusedPieces = call.responseBody(List.of(), trailers());
        assertFalse(call.response.contains("trailer"));
    }

    @Test
    void anAnswerWithoutAStatusIsUnknown() {
        DrivenCall call = answered(DrivenCall.of(BINARY));
        MultiMap none = MultiMap.caseInsensitiveMultiMap().set("x", "y");
        assertEquals(
                trailersFrame("x: y\r\ngrpc-status: 2\r\ngrpc-message: The backend gave no status\r\n"),
                call.responseBody(List.of(TWO_MESSAGES), none).get(1));
    }

    @Test
    void anAnswerThatEndsWithinAMessageHasFailed() {
        for (int end = 1; end < TWO_MESSAGES.length(); end++) {
            DrivenCall call = answered(DrivenCall.of(BINARY));
            List<Buffer> unusedPieces = call.responseBody(List.of(TWO_MESSAGES.slice(0, end)), trailers());
            assertEquals(
                    end == 10 ? List.of() : List.of("UPSTREAM_INCOMPLETE: The backend's answer ends within a message"),
                    call.failures);
        }
    }

    @Test
    void whatIsNotGrpcPasses() {
        DrivenCall call = DrivenCall.of(TEXT);
        call.response.set("content-type", "text/plain");
        MultiMap trailers = MultiMap.caseInsensitiveMultiMap().set("x", "y");
        Buffer body = Buffer.buffer("unauthorized");
        assertEquals(List.of(body, Buffer.buffer()), call.responseBody(List.of(body), trailers));
        assertEquals("text/plain", call.response.get("content-type"));
        assertEquals("y", trailers.get("x"));
    }

    @Test
    void aHeadThatIsHeldIsTranslatedWhenItIsKnown() {
        DrivenCall call = DrivenCall.of(TEXT);
        call.heldHead = Buffer.buffer();
        Call begun = call.begin();
        assertEquals(Call.Answer.HOLD, begun.responseHead());
        assertTrue(begun.holdsHead());
        assertNull(call.response.get("content-type"));
        assertEquals(base64(message("first")), begun.responseData(message("first")));
        assertFalse(begun.holdsHead());
        assertEquals(TEXT, call.response.get("content-type"));
        assertTrue(begun.rewritesResponse());
    }

    // --- failures under way ---

    @ParameterizedTest
    @ValueSource(strings = {BINARY, TEXT})
    void breaksOffBetweenMessagesOnly(String contentType) {
        Buffer frame = trailersFrame("grpc-status: 14\r\n");
        for (int end = 0; end <= TWO_MESSAGES.length(); end++) {
            DrivenCall call = answered(DrivenCall.of(contentType));
            call.ending =
                    new Call.Ending(null, MultiMap.caseInsensitiveMultiMap().set("grpc-status", "14"));
            Call begun = call.begin();
            assertEquals(Call.Answer.PASS, begun.responseHead());
            Buffer unusedPiece = begun.responseData(TWO_MESSAGES.slice(0, end));
            Call.Ending ending = begun.breakOff(Failure.UPSTREAM_CLOSED, "gone");
            if (end == 0 || end == 10 || end == TWO_MESSAGES.length()) {
                assertEquals(
                        contentType.equals(TEXT) ? base64(frame) : frame,
                        requireNonNull(ending).last());
                assertTrue(ending.trailers().isEmpty());
            } else {
                assertNull(ending, "the client would read the trailers as a part of message " + end);
            }
        }
    }

    @Test
    void breaksOffAsTheGrpcCallDoes() {
        DrivenCall call = answered(DrivenCall.of(BINARY));
        Call begun = call.begin();
        assertEquals(Call.Answer.PASS, begun.responseHead());
        assertNull(begun.breakOff(Failure.CLIENT_CLOSED, "nobody listens"));
    }

    @Test
    void valuesKeepTheirBytes() {
        DrivenCall call = answered(DrivenCall.of(BINARY));
        String latin = new String(new byte[] {(byte) 0xc3, (byte) 0xb6}, StandardCharsets.ISO_8859_1);
        MultiMap trailers =
                MultiMap.caseInsensitiveMultiMap().set("grpc-status", "0").set("x", latin);
        assertEquals(
                trailersFrame("grpc-status: 0\r\nx: " + latin + "\r\n"),
                call.responseBody(List.of(), trailers).get(0));
    }
}
