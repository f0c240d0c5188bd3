package dev.sluice.grpc.transcode;

import static dev.sluice.grpc.transcode.TestApi.get;
import static dev.sluice.grpc.transcode.TestApi.post;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.api.HttpRule;
import dev.sluice.config.GrpcTerms.Transcoding.FieldNames;
import dev.sluice.config.GrpcTerms.Transcoding.UnknownFields;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client can do wrong, and the words that it gets for it. */
final class BadRequestTest {

    private static final String JSON = "application/json";

    private static TestApi api(HttpRule.Builder rule, String input) {
        return new TestApi()
                .enumeration("Color", "RED", "GREEN")
                .message(
                        "M",
                        "string s = 1",
                        "int32 i32 = 2",
                        "uint64 u64 = 3",
                        "bool flag = 4",
                        "bytes b = 5",
                        "double d = 6",
                        "Color color = 7",
                        "google.protobuf.Timestamp time = 8",
                        "google.protobuf.Duration span = 9",
                        "google.protobuf.FieldMask mask = 10",
                        "google.protobuf.Int32Value boxed = 11",
                        "repeated int32 numbers = 12",
                        "map<uint64, uint64> counts = 13",
                        "M m = 14",
                        "google.protobuf.Any any = 15",
                        "one: string left = 16",
                        "one: string right = 17",
                        "google.protobuf.Struct struct = 18",
                        "google.protobuf.UInt64Value boxedU64 = 19",
                        "repeated Color colors = 20")
                .rpc("Do", input, "M", rule);
    }

    private static final TestApi POSTED = api(post("/v1", "*"), "M");
    private static final Transcoder STRICT = POSTED.transcoder();
    private static final TestApi ASKED = api(get("/v1").addAdditionalBindings(get("/v1/i32/{i32}")), "M");
    private static final Transcoder ASKED_STRICT = ASKED.transcoder();

    private static String message(TestCall call) {
        String refusal = call.refusal();
        assertEquals("400", refusal.substring(0, 3), refusal);
        JsonObject status = new JsonObject(refusal.substring(4));
        assertEquals(3, status.getInteger("code"));
        assertEquals("[]", status.getJsonArray("details").encode());
        return status.getString("message");
    }

    private static TestCall posted(Transcoder transcoder, String body) {
        TestCall call = TestCall.begin(POSTED, transcoder, "POST", "/v1", "content-type", JSON)
                .data(body)
                .end();
        assertEquals("", call.sent());
        return call;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "`` ~ The body is empty (expected: JSON)",
                "`  ` ~ The body is empty (expected: JSON)",
                "{ ~ The body is not JSON: Unexpected end-of-input at line 1, column 2",
                "{\"s\":\"a\" ~ The body is not JSON: Unexpected end-of-input at line 1, column 9",
                "{\"s\":\"a\"}} ~ The body is not JSON: Unexpected close marker '}' at line 1, column 10",
                "{\"s\":\"a\"} {} ~ The body is not JSON: something behind the value at line 1, column 11",
                "{\"s\":\"a\"} x ~ The body is not JSON: Unrecognized token 'x' at line 1, column 11",
                "{s:\"a\"} ~ The body is not JSON: Unexpected character at line 1, column 2",
                "{'s':'a'} ~ The body is not JSON: Unexpected character at line 1, column 2",
                "{\"s\":\"a\",} ~ The body is not JSON: Unexpected character at line 1, column 10",
                "{\"s\":\"a\" \"i32\":1} ~ The body is not JSON: Unexpected character at line 1, column 10",
                "{\"s\":\"a\",\"s\":\"b\"} ~ The body is not JSON: Duplicate field 's' at line 1, column 13",
                "{\"s\":\"a\"} // comment ~ The body is not JSON: Unexpected character at line 1, column 11",
                "{\"d\":NaN} ~ The body is not JSON: Non-standard token 'NaN' at line 1, column 9",
                "{\"i32\":01} ~ The body is not JSON: Invalid numeric value at line 1, column 9",
                "{\"s\":\"\\x\"} ~ The body is not JSON: Unrecognized character escape 'x' at line 1, column 8",
                "[] ~ The body does not fit test.M: Expect message object but got: []",
                "\"text\" ~ The body does not fit test.M: Expect message object but got: \"text\"",
                "7 ~ The body does not fit test.M: Expect message object but got: 7",
                "null ~ The body does not fit test.M: Expect message object but got: null",
                "{\"absent\":1} ~ The body does not fit test.M: Cannot find field: absent in message test.M",
                "{\"m\":{\"m\":{\"absent\":1}}} ~ The body does not fit test.M: Cannot find field: absent in message test.M",
                "{\"s\":{}} ~ Field test.M.s is { (expected: a string)",
                "{\"s\":[\"a\"]} ~ Field test.M.s is an array (expected: one value)",
                "{\"i32\":\"abc\"} ~ The body does not fit test.M: Not an int32 value: \"abc\"",
                "{\"i32\":1.5} ~ The body does not fit test.M: Not an int32 value: 1.5",
                "{\"i32\":2147483648} ~ The body does not fit test.M: Not an int32 value: 2147483648",
                "{\"u64\":-1} ~ The body does not fit test.M: Out of range uint64 value: -1",
                "{\"u64\":18446744073709551616} ~ The body does not fit test.M: Out of range uint64 value: 18446744073709551616",
                "{\"flag\":1} ~ Field test.M.flag is 1 (expected: true or false)",
                "{\"flag\":\"yes\"} ~ Field test.M.flag is yes (expected: true or false)",
                "{\"b\":\"!!!\"} ~ The body does not fit test.M: Unrecognized character: !",
                "{\"d\":\"abc\"} ~ The body does not fit test.M: Not a double value: \"abc\"",
                "{\"d\":1e400} ~ The body does not fit test.M: Out of range double value: 1e400",
                "{\"color\":\"BLUE\"} ~ The body does not fit test.M: Invalid enum value: BLUE for enum type: test.Color",
                "{\"color\":1.5} ~ The body does not fit test.M: Invalid enum value: 1.5 for enum type: test.Color",
                "{\"time\":\"yesterday\"} ~ The body does not fit test.M: Failed to parse timestamp: \"yesterday\"",
                "{\"time\":1} ~ Field test.M.time is 1 (expected: a string)",
                "{\"span\":\"1\"} ~ The body does not fit test.M: Failed to parse duration: \"1\"",
                "{\"span\":\"1m\"} ~ The body does not fit test.M: Failed to parse duration: \"1m\"",
                "{\"mask\":7} ~ Field test.M.mask is 7 (expected: a string)",
                "{\"boxed\":\"x\"} ~ The body does not fit test.M: Not an int32 value: \"x\"",
                "{\"numbers\":7} ~ The body does not fit test.M: Expected an array for numbers but found 7",
                "{\"numbers\":[null]} ~ The body does not fit test.M: Repeated field elements cannot be null in field: test.M.numbers",
                "{\"counts\":{\"x\":1}} ~ The body does not fit test.M: Not an uint64 value: \"x\"",
                "{\"counts\":[]} ~ The body does not fit test.M: Expect a map object but found: []",
                "{\"m\":7} ~ The body does not fit test.M: Expect message object but got: 7",
                "{\"any\":{\"x\":1}} ~ The body does not fit test.M: Missing type url when parsing: {\"x\":1}",
                "{\"any\":{\"@type\":\"type.googleapis.com/absent.Type\"}} ~ The body does not fit test.M: Cannot resolve type: type.googleapis.com/absent.Type",
                "{\"left\":\"a\",\"right\":\"b\"} ~ The body does not fit test.M: Cannot set field test.M.right because another field test.M.left belonging to the same oneof has already been set",
                "{\"s\":1} ~ Field test.M.s is 1 (expected: a string)",
                "{\"s\":true} ~ Field test.M.s is true (expected: a string)",
                "{\"flag\":\"true\"} ~ Field test.M.flag is true (expected: true or false)",
                "{\"numbers\":[[1]]} ~ Field test.M.numbers is an array (expected: one value)",
                "{\"m\":[{}]} ~ Field test.M.m is an array (expected: one value)",
                "{\"u64\":1e99999999} ~ Not a number: 1e99999999",
                "{\"u64\":\"1e99999999\"} ~ Not a number: 1e99999999",
                "{\"boxedU64\":\"1e99999999\"} ~ Not a number: 1e99999999",
                "{\"counts\":{\"1e99999999\":1}} ~ Not a number: 1e99999999",
                "{\"counts\":{\"1\":\"1e99999999\"}} ~ Not a number: 1e99999999",
                "{\"color\":\"1e99999999\"} ~ Not a number: 1e99999999",
                "{\"any\":{\"@type\":\"type.googleapis.com/test.M\",\"m\":{\"u64\":\"1e99999999\"}}} ~ Not a number: 1e99999999",
                "{\"struct\":{\"a\":1e99999999}} ~ Not a number: 1e99999999"
            })
    void aBodyThatIsNoMessage(String body, String message) {
        assertEquals(message, message(posted(STRICT, body)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "/v1?i32=abc ~ Query parameter i32: Not an int32 value: \"abc\"",
                "/v1?i32= ~ Query parameter i32: Not an int32 value: \"\"",
                "/v1?i32 ~ Query parameter i32: Not an int32 value: \"\"",
                "/v1?i32=1&i32=2 ~ Query parameter i32 (expected: once)",
                "/v1?absent=1 ~ Query parameter absent (expected: a field of test.M that is in neither path nor body)",
                "/v1?s.x=1 ~ Query parameter s.x (expected: a field of test.M that is in neither path nor body)",
                "/v1?numbers.x=1 ~ Query parameter numbers.x (expected: a field of test.M that is in neither path nor body)",
                "/v1?counts=1 ~ Query parameter counts (expected: a field of test.M that is in neither path nor body)",
                "/v1?m=1 ~ Query parameter m (expected: a field of test.M that is in neither path nor body)",
                "/v1?struct=1 ~ Query parameter struct (expected: a field of test.M that is in neither path nor body)",
                "/v1?any=1 ~ Query parameter any (expected: a field of test.M that is in neither path nor body)",
                "/v1?time.seconds=1 ~ Query parameter time.seconds (expected: a field of test.M that is in neither path nor body)",
                "/v1?any.type_url=1 ~ Query parameter any.type_url (expected: a field of test.M that is in neither path nor body)",
                "/v1?=1 ~ Query parameter  (expected: a field of test.M that is in neither path nor body)",
                "/v1?s=%zz ~ %zz (expected: two hexadecimal digits behind %)",
                "/v1?s=%4 ~ %4 (expected: two hexadecimal digits behind %)",
                "/v1?s=% ~ % (expected: two hexadecimal digits behind %)",
                "/v1?s=%FF ~ %FF (expected: UTF-8, percent-encoded)",
                "/v1?%C3=1 ~ %C3 (expected: UTF-8, percent-encoded)",
                "/v1?flag=1 ~ Query parameter flag: Invalid bool value: \"1\"",
                "/v1?color=BLUE ~ Query parameter color: Invalid enum value: BLUE for enum type: test.Color",
                "/v1?b=!!! ~ Query parameter b: Unrecognized character: !",
                "/v1?u64=-1 ~ Query parameter u64: Out of range uint64 value: \"-1\"",
                "/v1?u64=1e99999999 ~ Query parameter u64: Not a number: 1e99999999",
                "/v1?boxedU64=1e99999999 ~ Query parameter boxedU64: Not a number: 1e99999999",
                "/v1?time=now ~ Query parameter time: Failed to parse timestamp: \"now\"",
                "/v1?span=5 ~ Query parameter span: Failed to parse duration: \"5\"",
                "/v1?numbers=1&numbers=x ~ Query parameter numbers: Not an int32 value: \"x\"",
                "/v1?left=a&right=b ~ right (expected: not beside left, one of one)",
                "/v1/i32/abc ~ Path variable i32: Not an int32 value: \"abc\"",
                "/v1/i32/99999999999 ~ Path variable i32: Not an int32 value: \"99999999999\"",
                "/v1/i32/%zz ~ %zz (expected: two hexadecimal digits behind %)",
                "/v1/i32/%C3 ~ %C3 (expected: UTF-8, percent-encoded)",
                "/v1/i32/1?i32=1 ~ Query parameter i32 (expected: a field of test.M that is in neither path nor body)"
            })
    void aTargetThatIsNoMessage(String target, String message) {
        TestCall call = TestCall.begin(ASKED, ASKED_STRICT, "GET", target);
        if (call.call != Transcoder.ANSWERED) {
            call.end();
        }
        assertEquals(message, message(call));
    }

    @Test
    void nestingIsBounded() {
        String body = "{\"struct\":{\"a\":" + "[".repeat(99) + "]".repeat(99) + "}}";
        assertEquals(
                "The body is not JSON: Document nesting depth (101) exceeds the maximum allowed (100)",
                message(posted(STRICT, body)));
    }

    @Test
    void whatIsNotUtf8IsNoJson() {
        TestCall call = TestCall.begin(POSTED, STRICT, "POST", "/v1", "content-type", JSON)
                .data(new byte[] {'{', '"', 's', '"', ':', '"', (byte) 0xc3, '"', '}'})
                .end();
        assertEquals("The body is not UTF-8", message(call));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1234567890", "1e12345", "5e99999999", "NaN"})
    void stringsThatLookLikeNumbersAreStrings(String text) {
        TestCall.begin(POSTED, STRICT, "POST", "/v1", "content-type", JSON)
                .data("{\"s\":\"" + text + "\",\"struct\":{\"a\":\"" + text + "\"}}")
                .end()
                .becomes(
                        "Do",
                        "M",
                        "s: '" + text + "' struct { fields { key: 'a' value { string_value: '" + text + "' } } }");
    }

    @Test
    void longNumbersAreNotExpanded() {
        String digits = "9".repeat(3000);
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            assertTrue(message(posted(STRICT, "{\"i32\":\"" + digits + "\"}")).startsWith("Not a number: 999"));
            assertTrue(message(posted(STRICT, "{\"i32\":" + digits + "}"))
                    .startsWith("The body is not JSON: Number value length"));
        });
    }

    @ParameterizedTest
    @CsvSource({
        "text/plain, text/plain",
        "application/x-www-form-urlencoded, application/x-www-form-urlencoded",
        "application/x-ndjson, application/x-ndjson",
        "application/jsonp, application/jsonp",
        "text/json, text/json",
        "application/json; charset=iso-8859-1, application/json; charset=iso-8859-1"
    })
    void aBodyOfAnotherType(String type, String told) {
        TestCall call = TestCall.begin(POSTED, STRICT, "POST", "/v1", "content-type", type);
        assertEquals(Transcoder.ANSWERED, call.call);
        assertEquals(
                "415 {\"code\":3,\"message\":\"Content-Type " + told
                        + " (expected: application/json, in UTF-8)\",\"details\":[]}",
                call.refusal());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/json", "Application/JSON; charset=\"UTF-8\"", "application/merge-patch+json", ""})
    void typesThatAreJson(String type) {
        TestCall.begin(POSTED, STRICT, "POST", "/v1", "content-type", type)
                .data("{\"s\":\"x\"}")
                .end()
                .becomes("Do", "M", "s: 'x'");
    }

    @Test
    void anEncodedBody() {
        TestCall call = TestCall.begin(POSTED, STRICT, "POST", "/v1", "content-type", JSON, "content-encoding", "gzip");
        assertEquals(
                "415 {\"code\":3,\"message\":\"Content-Encoding gzip (expected: none)\",\"details\":[]}",
                call.refusal());
    }

    @Test
    void aBodyThatIsTooLarge() {
        String most = "{\"s\":\"" + "x".repeat(TestApi.MAX_BYTES - 8) + "\"}";
        TestCall.begin(POSTED, STRICT, "POST", "/v1", "content-type", JSON)
                .data(most)
                .end()
                .becomes("Do", "M", "s: '" + "x".repeat(TestApi.MAX_BYTES - 8) + "'");
        TestCall call = TestCall.begin(POSTED, STRICT, "POST", "/v1", "content-type", JSON)
                .data(most)
                .data(" ");
        assertEquals(
                "413 {\"code\":8,\"message\":\"The body is too large (expected: at most 4096 bytes)\",\"details\":[]}",
                call.refusal());
        assertEquals("", call.data("x").end().sent());
    }

    /** Many small numbers are fewer bytes as JSON than as a message. */
    @Test
    void aMessageThatIsTooLarge() {
        String body = "{\"colors\":[" + "-1,".repeat(1000) + "-1]}";
        assertTrue(body.getBytes(StandardCharsets.UTF_8).length < TestApi.MAX_BYTES);
        assertEquals(
                "413 {\"code\":8,\"message\":\"The message has 10014 bytes (expected: at most 4096)\",\"details\":[]}",
                posted(STRICT, body).refusal());
    }

    @Test
    void unknownFieldsMayBeIgnored() {
        Transcoder ignoring = POSTED.transcoder(UnknownFields.IGNORE, FieldNames.JSON, false, false);
        TestCall.begin(POSTED, ignoring, "POST", "/v1?absent=1&s=2", "content-type", JSON)
                .data("{\"s\":\"x\",\"absent\":{\"a\":[1]},\"color\":\"BLUE\"}")
                .end()
                .becomes("Do", "M", "s: 'x'");
        Transcoder asked = ASKED.transcoder(UnknownFields.IGNORE, FieldNames.JSON, false, false);
        TestCall.begin(ASKED, asked, "GET", "/v1?absent=1&s=2")
                .data("for nobody")
                .end()
                .becomes("Do", "M", "s: '2'");
        TestCall wrong = TestCall.begin(ASKED, asked, "GET", "/v1?color=BLUE");
        assertEquals("Query parameter color: Invalid enum value: BLUE for enum type: test.Color", message(wrong));
    }

    @Test
    void whatMatchesNoTemplateIsLeftAlone() {
        TestCall call = TestCall.begin(POSTED, STRICT, "POST", "/v2", "content-type", JSON);
        assertNull(call.call);
        assertEquals("none", call.refusal());
        assertEquals("/v2", call.exchange.path());
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/grpc", "application/grpc+proto", "application/grpc-web-text"})
    void grpcIsLeftAlone(String type) {
        assertNull(TestCall.begin(POSTED, STRICT, "POST", "/v1", "content-type", type).call);
    }

    /** Servers take no message that is nested deeper, and to write one takes as many frames of the stack. */
    @ParameterizedTest
    @ValueSource(ints = {100, 4000})
    void aParameterOfAFieldThatIsTooDeep(int depth) {
        TestCall call = TestCall.begin(ASKED, ASKED_STRICT, "GET", "/v1?" + "m.".repeat(depth) + "s=x");
        assertTrue(call.refusal().startsWith("400 {\"code\":3,\"message\":\"Query parameter m.m."), call.refusal());
        TestCall fits = TestCall.begin(ASKED, ASKED_STRICT, "GET", "/v1?" + "m.".repeat(99) + "s=x");
        assertEquals("none", fits.end().refusal());
    }

    /** Before anything could be said of what an Any holds. */
    @Test
    void aKeyWithinAnAnyThatWouldTakeMinutes() {
        String body = "{\"any\":{\"@type\":\"type.googleapis.com/test.M\",\"counts\":{\"1e99999999\":1}}}";
        assertEquals(
                "Not a number: 1e99999999",
                assertTimeoutPreemptively(Duration.ofSeconds(20), () -> message(posted(STRICT, body))));
    }
}
