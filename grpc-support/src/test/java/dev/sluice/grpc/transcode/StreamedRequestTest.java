package dev.sluice.grpc.transcode;

import static dev.sluice.grpc.transcode.TestApi.get;
import static dev.sluice.grpc.transcode.TestApi.post;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests of several messages, and bodies that are taken as they are. */
final class StreamedRequestTest {

    private static final TestApi API = new TestApi()
            .message("M", "string s = 1", "int64 n = 2", "repeated int32 list = 3")
            .message("Upload", "string name = 1", "HttpBody file = 2")
            .rpc("Collect", "stream M", "M", post("/collect/{n}", "*"))
            .rpc("Lists", "stream M", "M", post("/lists", "list"))
            .rpc("Bare", "stream M", "M", get("/bare/{n}"))
            .rpc("Chat", "stream M", "stream M", post("/chat", "*"))
            .rpc("Send", "HttpBody", "HttpBody", post("/send", "*"))
            .rpc("Put", "Upload", "M", post("/put/{name}", "file"))
            .rpc("Upload", "stream Upload", "M", post("/upload/{name}", "file"))
            .rpc("Download", "M", "stream HttpBody", get("/download"))
            .rpc("Page", "M", "Upload", get("/page").setResponseBody("file"));
    private static final Transcoder TRANSCODER = API.transcoder();

    private static TestCall sent(String path, String type) {
        return TestCall.begin(API, TRANSCODER, "POST", path, "content-type", type);
    }

    private static final String LINES = "application/x-ndjson";
    private static final String JSON = "application/json";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"s\":\"a\"}\n{\"s\":\"b\"}\n{\"s\":\"c\"}",
                "{\"s\":\"a\"}\n{\"s\":\"b\"}\n{\"s\":\"c\"}\n",
                "\r\n{\"s\":\"a\"}\r\n\n \n{\"s\":\"b\"}\r\n{\"s\":\"c\"}\r\n"
            })
    void linesAreMessagesAndThePathIsInTheFirst(String body) {
        TestCall whole = sent("/collect/7", LINES).data(body).end();
        whole.becomes("Collect", "M", List.of("n: 7 s: 'a'", "s: 'b'", "s: 'c'"));
        TestCall pieces = sent("/collect/7", LINES);
        body.chars().forEach(c -> pieces.data(String.valueOf((char) c)));
        pieces.end().becomes("Collect", "M", List.of("n: 7 s: 'a'", "s: 'b'", "s: 'c'"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"s\":\"a\"},{\"s\":\"],[\\\"}{\"},{\"list\":[1,2]}]",
                " \n[ {\"s\" : \"a\"} , {\"s\":\"],[\\\"}{\"}\n,\n{\"list\":[1,2]}\r\n] \n"
            })
    void elementsOfAnArrayAreMessages(String body) {
        List<String> messages = List.of("n: 7 s: 'a'", "s: '],[\\\"}{'", "list: 1 list: 2");
        sent("/collect/7", JSON).data(body).end().becomes("Collect", "M", messages);
        TestCall pieces = sent("/collect/7", JSON);
        body.chars().forEach(c -> pieces.data(String.valueOf((char) c)));
        pieces.end().becomes("Collect", "M", messages);
    }

    @Test
    void aMessageGoesOnAsSoonAsItIsWhole() {
        TestCall call = sent("/chat", LINES).data("{\"s\":\"a\"}\n{\"s\"");
        assertEquals("00000000030a0161", call.sent());
        assertEquals("", call.data(":\"b\"}").sent());
        assertEquals("00000000030a0162", call.data("\n").sent());
        call.head().message("M", "s: 'x'");
        assertEquals("200 application/json [{\"s\":\"x\"}", call.answer());
        assertEquals("00000000030a0163", call.data("{\"s\":\"c\"}\n").sent());
    }

    @Test
    void elementsMayBeArraysThemselves() {
        sent("/lists", JSON)
                .data("[[1,2],[],[3]]")
                .end()
                .becomes("Lists", "M", List.of("list: 1 list: 2", "", "list: 3"));
        sent("/lists", LINES).data("[1,2]\n[3]").end().becomes("Lists", "M", List.of("list: 1 list: 2", "list: 3"));
    }

    @Test
    void noMessagesAreNone() {
        assertEquals("", sent("/collect/7", JSON).data("[ ]").end().sent());
        assertEquals("", sent("/collect/7", LINES).end().sent());
        assertEquals("", sent("/collect/7", LINES).data("\n\n").end().sent());
    }

    @Test
    void withoutBodyThePathIsTheOnlyMessage() {
        TestCall.begin(API, TRANSCODER, "GET", "/bare/7").end().becomes("Bare", "M", List.of("n: 7"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "{\"s\":\"a\"} ~ The body is not a JSON array, which has a message in each element",
                "`` ~ The body is not a whole JSON array",
                "[ ~ The body is not a whole JSON array",
                "[{} ~ The body is not a whole JSON array",
                "[{}] x ~ The body is not a JSON array, which has a message in each element",
                "[{},] ~ The body is empty (expected: JSON)",
                "[,{}] ~ The body is empty (expected: JSON)",
                "[{},,{}] ~ The body is empty (expected: JSON)",
                "[{} {}] ~ The body is not JSON: something behind the value at line 1, column 4",
                "[{}}] ~ The body is not a whole JSON array",
                "[1] ~ The body does not fit test.M: Expect message object but got: 1"
            })
    void whatIsNoArray(String body, String message) {
        TestCall call = sent("/collect/7", JSON).data(body).end();
        assertEquals("400 {\"code\":3,\"message\":\"" + message + "\",\"details\":[]}", call.refusal());
    }

    @Test
    void aLineThatIsNoMessage() {
        TestCall call = sent("/collect/7", LINES).data("{}\n{\n");
        assertEquals(
                "400 {\"code\":3,\"message\":\"The body is not JSON: Unexpected end-of-input at line 1, column 2\",\"details\":[]}",
                call.refusal());
    }

    @ParameterizedTest
    @ValueSource(strings = {LINES, JSON})
    void aMessageThatIsTooLarge(String type) {
        TestCall call =
                sent("/collect/7", type).data(type.equals(JSON) ? "[" : "").data(" ".repeat(4096));
        assertEquals("none", call.refusal());
        assertEquals(
                "413 {\"code\":8,\"message\":\"A message is too large (expected: at most 4096 bytes)\",\"details\":[]}",
                call.data(" ").refusal());
    }

    @Test
    void aRawBodyIsTheMessage() {
        TestCall call = sent("/send", "image/png")
                .data(new byte[] {1, 2})
                .data(new byte[] {3})
                .end()
                .becomes("Send", "google.api.HttpBody", "content_type: 'image/png' data: '\\001\\002\\003'");
        call.head()
                .message("google.api.HttpBody", "content_type: 'text/css' data: 'x{}'")
                .trailers("grpc-status", "0");
        assertEquals("200 text/css x{}", call.answer());
    }

    @Test
    void aRawBodyMayBeAField() {
        sent("/put/n", "text/plain")
                .data("x")
                .end()
                .becomes("Put", "Upload", "name: 'n' file { content_type: 'text/plain' data: 'x' }");
    }

    @Test
    void aRawStreamIsAMessageForEachChunk() {
        sent("/upload/n", "text/plain")
                .data("abc")
                .data("d")
                .end()
                .becomes(
                        "Upload",
                        "Upload",
                        List.of("name: 'n' file { content_type: 'text/plain' data: 'abc' }", "file { data: 'd' }"));
        sent("/upload/n", "text/plain")
                .end()
                .becomes("Upload", "Upload", List.of("name: 'n' file { content_type: 'text/plain' data: '' }"));
    }

    @Test
    void aRawChunkIsNoLongerThanAMessageMayBe() {
        String part = "x".repeat(3072);
        sent("/upload/n", "text/plain")
                .data(part + "y")
                .end()
                .becomes(
                        "Upload",
                        "Upload",
                        List.of(
                                "name: 'n' file { content_type: 'text/plain' data: '" + part + "' }",
                                "file { data: 'y' }"));
    }

    @Test
    void aRawStreamIsAnsweredAsItsFirstTypeSays() {
        TestCall call =
                TestCall.begin(API, TRANSCODER, "GET", "/download").end().head();
        call.message("google.api.HttpBody", "content_type: 'text/csv' data: 'a,'");
        assertEquals("200 text/csv a,", call.answer());
        call.message("google.api.HttpBody", "data: 'b'").trailers("grpc-status", "0");
        assertEquals("200 text/csv a,b", call.answer());
    }

    @Test
    void aRawResponseMayBeAField() {
        assertEquals(
                "200 application/octet-stream x",
                TestCall.begin(API, TRANSCODER, "GET", "/page")
                        .end()
                        .head()
                        .message("Upload", "file { data: 'x' content_type: 'a\\nb' }")
                        .trailers("grpc-status", "0")
                        .answer());
    }

    @Test
    void aRawStreamThatFailsIsBrokenOff() {
        TestCall call = TestCall.begin(API, TRANSCODER, "GET", "/download")
                .end()
                .head()
                .message("google.api.HttpBody", "data: 'b'")
                .trailers("grpc-status", "13");
        assertEquals("The backend ended its stream with status 13: ", call.exchange.detail);
        assertEquals(
                "413 {\"code\":8,\"message\":\"The body is too large (expected: at most 4096 bytes)\",\"details\":[]}",
                sent("/send", "text/plain").data(new byte[4097]).refusal());
        assertEquals(
                "",
                sent("/send", "text/plain").data(Buffer.buffer("x").getBytes()).sent());
    }
}
