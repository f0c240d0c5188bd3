package dev.sluice.grpc.transcode;

import static dev.sluice.grpc.transcode.TestApi.custom;
import static dev.sluice.grpc.transcode.TestApi.get;
import static dev.sluice.grpc.transcode.TestApi.patch;
import static dev.sluice.grpc.transcode.TestApi.post;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.api.HttpRule;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every sentence of the comment in {@code google/api/http.proto} that says what happens, in its order, with its examples. */
final class HttpRuleTest {

    /** {@code Messaging} of the comment, with a rule. */
    private static TestApi messaging(HttpRule.Builder rule) {
        return new TestApi()
                .message("Message", "string message_id = 1", "string text = 2")
                .message("SubMessage", "string subfield = 1", "SubMessage sub = 2")
                .message(
                        "Request",
                        "string message_id = 1",
                        "int64 revision = 2",
                        "SubMessage sub = 3",
                        "string user_id = 4",
                        "Message message = 5",
                        "repeated string tags = 6",
                        "repeated Message messages = 7",
                        "string name = 8")
                .rpc("Do", "Request", "Message", rule);
    }

    private static TestCall send(HttpRule.Builder rule, String method, String target) {
        return TestCall.begin(messaging(rule), method, target).end();
    }

    private static void becomes(HttpRule.Builder rule, String method, String target, String message) {
        send(rule, method, target).becomes("Do", "Request", message);
    }

    private static String wrong(TestApi api) {
        return String.valueOf(
                assertThrows(IllegalArgumentException.class, api::transcoder).getMessage());
    }

    @Nested
    final class GrpcTranscoding {

        @Test
        void theTemplateRefersToFieldsOfTheRequestMessage() {
            becomes(get("/v1/{name=messages/*}"), "GET", "/v1/messages/123456", "name: 'messages/123456'");
        }

        @Test
        void fieldsThatThePathDoesNotBindBecomeQueryParameters() {
            becomes(
                    get("/v1/messages/{message_id}"),
                    "GET",
                    "/v1/messages/123456?revision=2&sub.subfield=foo",
                    "message_id: '123456' revision: 2 sub { subfield: 'foo' }");
        }

        @Test
        void aRepeatedFieldIsARepeatedParameter() {
            becomes(get("/v1"), "GET", "/v1?tags=A&tags=B", "tags: 'A' tags: 'B'");
        }

        @Test
        void eachFieldOfAMessageIsAParameterOfItsOwn() {
            becomes(
                    get("/v1"),
                    "GET",
                    "/v1?message.message_id=A&message.text=B&sub.sub.sub.subfield=C",
                    "message { message_id: 'A' text: 'B' } sub { sub { sub { subfield: 'C' } } }");
        }

        @Test
        void theBodyFieldIsWhatTheBodyIs() {
            TestCall.begin(
                            messaging(patch("/v1/messages/{message_id}", "message")),
                            "PATCH",
                            "/v1/messages/123456",
                            "content-type",
                            "application/json")
                    .data("{ \"text\": ")
                    .data("\"Hi!\" }")
                    .end()
                    .becomes("Do", "Request", "message_id: '123456' message { text: 'Hi!' }");
        }

        @Test
        void theBodyStarIsEveryFieldThatThePathDoesNotBind() {
            TestCall.begin(
                            messaging(patch("/v1/messages/{message_id}", "*")),
                            "PATCH",
                            "/v1/messages/123456",
                            "content-type",
                            "application/json")
                    .data("{ \"name\": \"Hi!\", \"messageId\": \"other\" }")
                    .end()
                    .becomes("Do", "Request", "message_id: '123456' name: 'Hi!'");
        }

        @Test
        void withTheBodyStarThereAreNoParameters() {
            TestCall call = TestCall.begin(messaging(post("/v1", "*")), "POST", "/v1?name=x");
            assertEquals(
                    "400 {\"code\":3,\"message\":\"Query parameter name (expected: a field of test.Request that is in"
                            + " neither path nor body)\",\"details\":[]}",
                    call.refusal());
        }

        @Test
        void additionalBindingsAreFurtherMappings() {
            HttpRule.Builder rule = get("/v1/messages/{message_id}")
                    .addAdditionalBindings(get("/v1/users/{user_id}/messages/{message_id}"));
            becomes(rule, "GET", "/v1/messages/123456", "message_id: '123456'");
            becomes(rule, "GET", "/v1/users/me/messages/123456", "user_id: 'me' message_id: '123456'");
        }
    }

    @Nested
    final class RulesForHttpMapping {

        @Test
        void fieldsAreInThePathTheBodyOrTheQuery() {
            TestCall.begin(
                            messaging(patch("/v1/{message_id}", "message")),
                            "PATCH",
                            "/v1/p?revision=9",
                            "content-type",
                            "application/json")
                    .data("{\"text\":\"b\"}")
                    .end()
                    .becomes("Do", "Request", "message_id: 'p' message { text: 'b' } revision: 9");
        }

        @ParameterizedTest
        @CsvSource({"message.text", "message_id", "messageId"})
        void whatPathOrBodyBindIsNoParameter(String name) {
            TestCall call =
                    TestCall.begin(messaging(patch("/v1/{message_id}", "message")), "PATCH", "/v1/p?" + name + "=1");
            assertEquals(
                    "400 {\"code\":3,\"message\":\"Query parameter " + name
                            + " (expected: a field of test.Request that is in neither path nor body)\",\"details\":[]}",
                    call.refusal());
        }

        @Test
        void aParameterIsNamedByItsFieldPath() {
            becomes(get("/v1"), "GET", "/v1?sub.subfield=x&userId=u", "sub { subfield: 'x' } user_id: 'u'");
        }

        @Test
        void withoutBodyAllFieldsAreInPathAndQuery() {
            becomes(get("/v1/{name}"), "GET", "/v1/n?revision=1", "name: 'n' revision: 1");
        }

        @Test
        void withoutBodyThereIsNoRequestBody() {
            TestCall call =
                    TestCall.begin(messaging(get("/v1/{name}")), "GET", "/v1/n").data("{}");
            assertEquals(
                    "400 {\"code\":3,\"message\":\"The request has a body (expected: none)\",\"details\":[]}",
                    call.refusal());
        }

        @Test
        void thePathMayNameAFieldWithinTheBody() {
            TestCall.begin(
                            messaging(patch("/v1/{message.message_id=books/*}", "message")),
                            "PATCH",
                            "/v1/books/1",
                            "content-type",
                            "application/json")
                    .data("{\"text\":\"t\",\"messageId\":\"x\"}")
                    .end()
                    .becomes("Do", "Request", "message { message_id: 'books/1' text: 't' }");
        }
    }

    @Nested
    final class PathTemplateSyntax {

        @ParameterizedTest
        @CsvSource({"/v1/a, true", "/v1/%20, true", "/v1/a/b, false", "/v1/, false", "/v1, false", "/v2/a, false"})
        void aStarMatchesASingleSegment(String path, boolean matches) {
            assertEquals(matches, matches(get("/v1/*"), path));
        }

        @ParameterizedTest
        @CsvSource({"/v1, true", "/v1/, true", "/v1/a, true", "/v1/a/b/c, true", "/v2, false", "/, false"})
        void twoStarsMatchZeroOrMoreSegments(String path, boolean matches) {
            assertEquals(matches, matches(get("/v1/**"), path));
        }

        private static boolean matches(HttpRule.Builder rule, String path) {
            return TestCall.begin(messaging(rule), "GET", path).call != null;
        }

        @Test
        void twoStarsAreTheLastPartButForTheVerb() {
            assertEquals(
                    "test.Api.Do: google.api.http: /v1/**/a (expected: ** as the last segment)",
                    wrong(messaging(get("/v1/**/a"))));
            becomes(get("/v1/{name=**}:go"), "GET", "/v1/a/b:go", "name: 'a/b'");
        }

        @ParameterizedTest
        @CsvSource({
            "/v1/x/books/y, x/books/y",
            "/v1/x/books/y%2Fz, x/books/y%2Fz",
        })
        void aVariableMatchesWhatItsTemplateSays(String path, String value) {
            becomes(get("/v1/{name=*/books/*}"), "GET", path, "name: '" + value + "'");
        }

        @Test
        void aVariableMayHaveAnyNumberOfSegments() {
            becomes(get("/v1/{name=files/**}"), "GET", "/v1/files/a//b/", "name: 'files/a//b/'");
            becomes(get("/v1/{name=files/**}"), "GET", "/v1/files", "name: 'files'");
            becomes(get("/v1/{name=**}"), "GET", "/v1", "name: ''");
        }

        @Test
        void aVariableMayBeALiteral() {
            becomes(get("/v1/{name=me}/x"), "GET", "/v1/me/x", "name: 'me'");
            assertNull(TestCall.begin(messaging(get("/v1/{name=me}/x")), "GET", "/v1/you/x").call);
        }

        @Test
        void variablesAreNotWithinVariables() {
            assertEquals(
                    "test.Api.Do: google.api.http: /v1/{name=a/{user_id}} (expected: a segment at 12)",
                    wrong(messaging(get("/v1/{name=a/{user_id}}"))));
        }

        @Test
        void aVariableWithoutTemplateIsAStar() {
            becomes(get("/v1/{name}"), "GET", "/v1/x", "name: 'x'");
            becomes(get("/v1/{name=*}"), "GET", "/v1/x", "name: 'x'");
        }

        @Test
        void aFieldPathNamesAFieldOfAField() {
            becomes(get("/v1/{sub.sub.subfield}"), "GET", "/v1/x", "sub { sub { subfield: 'x' } }");
        }

        @Test
        void aVerbStandsBehindAColon() {
            HttpRule.Builder rule = get("/v1/{name}:undelete").addAdditionalBindings(get("/v1/{user_id}"));
            becomes(rule, "GET", "/v1/x:undelete", "name: 'x'");
            becomes(rule, "GET", "/v1/x:other", "user_id: 'x:other'");
            becomes(rule, "GET", "/v1/a:b:undelete", "name: 'a:b'");
            becomes(rule, "GET", "/v1/x%3Aundelete", "user_id: 'x:undelete'");
        }

        @Test
        void aVerbBelongsToItsTemplate() {
            HttpRule.Builder rule = get("/v1/a/{name}:go").addAdditionalBindings(get("/v1/b/{name}"));
            becomes(rule, "GET", "/v1/b/x:go", "name: 'x:go'");
        }

        @ParameterizedTest
        @ValueSource(strings = {"/v1/a b", "/v1/a%20b", "/v1/%61%20%62"})
        void literalsMatchHoweverTheyAreEncoded(String path) {
            becomes(get("/v1/a%20b"), "GET", path, "");
        }

        @Test
        void literalsGoBeforeStarsAndStarsBeforeTwo() {
            HttpRule.Builder rule = get("/v1/{name=**}")
                    .addAdditionalBindings(get("/v1/{user_id}/x"))
                    .addAdditionalBindings(get("/v1/me/{message_id}"));
            becomes(rule, "GET", "/v1/me/x", "message_id: 'x'");
            becomes(rule, "GET", "/v1/you/x", "user_id: 'you'");
            becomes(rule, "GET", "/v1/you/y", "name: 'you/y'");
        }

        @Test
        void aLessExactTemplateServesTheOtherMethods() {
            HttpRule.Builder rule = get("/v1/{name}")
                    .addAdditionalBindings(HttpRule.newBuilder().setDelete("/v1/special"));
            becomes(rule, "GET", "/v1/special", "name: 'special'");
            becomes(rule, "DELETE", "/v1/special", "");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "v1 | v1 (expected: '/' at 0)",
                    "'' | an empty path (expected: '/' at 0)",
                    "/v1/ | /v1/ (expected: a segment at 4)",
                    "//v1 | //v1 (expected: a segment at 1)",
                    "/v1/a* | /v1/a* (expected: '/' or ':' at 5)",
                    "/v1/*** | /v1/*** (expected: '/' or ':' at 6)",
                    "/v1/{name | /v1/{name (expected: '}' at 9)",
                    "/v1/{} | /v1/{} (expected: a field's name at 5)",
                    "/v1/{name=} | /v1/{name=} (expected: a segment at 10)",
                    "/v1/name} | /v1/name} (expected: '/' or ':' at 8)",
                    "/v1/{name}{user_id} | /v1/{name}{user_id} (expected: '/' or ':' at 10)",
                    "/v1: | /v1: (expected: a segment at 4)",
                    "/v1:a/b | /v1:a/b (expected: the end at 5)",
                    "/v1?a=b | /v1?a=b (expected: '/' or ':' at 3)",
                    "/v1/%zz | /v1/%zz: %zz (expected: two hexadecimal digits behind %)",
                    "/v1/{name}/{name} | /v1/{name}/{name} (expected: {name} once)",
                    "/v1/{absent} | {absent} (expected: a field of test.Request)",
                    "/v1/{sub.absent} | {sub.absent} (expected: a field of test.Request)",
                    "/v1/{name.x} | {name.x} (expected: a field of test.Request)",
                    "/v1/{name.} | {name.} (expected: a field of test.Request)"
                })
        void whatIsNoTemplateIsRefused(String template, String message) {
            assertEquals("test.Api.Do: google.api.http: " + message, wrong(messaging(get(template))));
        }
    }

    @Nested
    final class PercentEncoding {

        @ParameterizedTest
        @CsvSource({
            "a%2Fb, a/b",
            "a%2fb, a/b",
            "%7E%2D%2E%5F, ~-._",
            "gr%C3%B6%C3%9Fe, größe",
            "a+b, a+b",
            "a%2Bb%20c, a+b c",
            "%25, %",
            "%3F%23, ?#",
            "!$&()*;=@, !$&()*;=@"
        })
        void aSingleSegmentIsDecoded(String segment, String value) {
            becomes(get("/v1/{name}"), "GET", "/v1/" + segment, "name: '" + value + "'");
            becomes(get("/v1/{name=*}"), "GET", "/v1/" + segment, "name: '" + value + "'");
        }

        @ParameterizedTest
        @CsvSource({
            "a/b%2Fc%2fd, a/b%2Fc%2fd",
            "a/%7E%3F%23, a/~?#",
            "%61/gr%C3%B6%C3%9Fe, a/größe",
            "a/%252F, a/%2F",
            "a/b+c, a/b+c"
        })
        void severalSegmentsAreDecodedButForSlashes(String path, String value) {
            becomes(get("/v1/{name=a/*}"), "GET", "/v1/" + path, "name: '" + value + "'");
            becomes(get("/v1/{name=**}"), "GET", "/v1/" + path, "name: '" + value + "'");
        }

        @ParameterizedTest
        @CsvSource({"a%2Fb, a%2Fb", "a, a"})
        void twoStarsAreSeveralSegmentsEvenIfItIsOne(String path, String value) {
            becomes(get("/v1/{name=**}"), "GET", "/v1/" + path, "name: '" + value + "'");
        }
    }

    @Nested
    final class SpecialNotes {

        @Test
        void pathVariablesAreNotRepeated() {
            assertEquals(
                    "test.Api.Do: google.api.http: {tags} (expected: a field that is neither repeated nor a message)",
                    wrong(messaging(get("/v1/{tags}"))));
        }

        @Test
        void pathVariablesAreNoMaps() {
            TestApi api =
                    new TestApi().message("M", "map<string, string> m = 1").rpc("Do", "M", "M", get("/v1/{m}"));
            assertEquals(
                    "test.Api.Do: google.api.http: {m} (expected: a field that is neither repeated nor a message)",
                    wrong(api));
        }

        @Test
        void pathVariablesAreNoMessages() {
            assertEquals(
                    "test.Api.Do: google.api.http: {sub} (expected: a field that is neither repeated nor a message)",
                    wrong(messaging(get("/v1/{sub}"))));
        }

        @Test
        void pathVariablesDoNotCaptureTheLeadingSlash() {
            assertEquals(
                    "test.Api.Do: google.api.http: {name=/v1/*} (expected: '/' at 0)",
                    wrong(messaging(get("{name=/v1/*}"))));
            assertEquals(
                    "test.Api.Do: google.api.http: /{name=/v1/*} (expected: a segment at 7)",
                    wrong(messaging(get("/{name=/v1/*}"))));
        }

        @ParameterizedTest
        @ValueSource(strings = {"messages", "messages.text", "sub", "message"})
        void messagesThemselvesAreNoParameters(String name) {
            assertEquals(
                    "400 {\"code\":3,\"message\":\"Query parameter " + name
                            + " (expected: a field of test.Request that is in neither path nor body)\",\"details\":[]}",
                    TestCall.begin(messaging(get("/v1")), "GET", "/v1?" + name + "=x")
                            .refusal());
        }

        @Test
        void aRepeatedFieldTakesAJsonArrayFromTheBody() {
            TestCall.begin(messaging(post("/v1", "messages")), "POST", "/v1", "content-type", "application/json")
                    .data("[{\"text\":\"a\"},{\"text\":\"b\"}]")
                    .end()
                    .becomes("Do", "Request", "messages { text: 'a' } messages { text: 'b' }");
        }

        @Test
        void aRepeatedFieldAnswersAJsonArray() {
            TestApi api = new TestApi()
                    .message("M", "repeated string tags = 1", "int32 n = 2")
                    .rpc("Do", "M", "M", get("/v1").setResponseBody("tags"));
            assertEquals(
                    "200 application/json [\"a\",\"b\"]",
                    TestCall.begin(api, "GET", "/v1")
                            .end()
                            .head()
                            .message("M", "tags: 'a' tags: 'b' n: 1")
                            .trailers("grpc-status", "0")
                            .answer());
        }
    }

    @Nested
    final class FieldsOfHttpRule {

        @ParameterizedTest
        @ValueSource(strings = {"GET", "PUT", "POST", "DELETE", "PATCH"})
        void aPatternIsOfOneMethod(String method) {
            HttpRule.Builder rule = HttpRule.newBuilder();
            switch (method) {
                case "GET" -> rule.setGet("/v1");
                case "PUT" -> rule.setPut("/v1");
                case "POST" -> rule.setPost("/v1");
                case "DELETE" -> rule.setDelete("/v1");
                default -> rule.setPatch("/v1");
            }
            becomes(rule, method, "/v1", "");
            TestCall other = TestCall.begin(messaging(rule), "OPTIONS", "/v1");
            assertEquals(Transcoder.ANSWERED, other.call);
            assertEquals(method, other.allowed());
            assertEquals(
                    "405 {\"code\":12,\"message\":\"Method OPTIONS (expected: " + method + ")\",\"details\":[]}",
                    other.refusal());
        }

        @Test
        void allowNamesAllMethodsOfThePath() {
            HttpRule.Builder rule = get("/v1/{name}")
                    .addAdditionalBindings(HttpRule.newBuilder().setDelete("/v1/x"))
                    .addAdditionalBindings(HttpRule.newBuilder().setPut("/v1/{name=**}"));
            TestCall call = TestCall.begin(messaging(rule), "POST", "/v1/x");
            assertEquals("DELETE, GET, PUT", call.allowed());
        }

        @Test
        void aBrowsersPreflightIsLeftToTheRulesFilters() {
            TestCall call =
                    TestCall.begin(messaging(get("/v1")), "OPTIONS", "/v1", "access-control-request-method", "GET");
            assertNull(call.call);
            assertEquals("none", call.refusal());
        }

        @Test
        void aCustomKindIsAMethod() {
            becomes(custom("HEAD", "/v1/{name}"), "HEAD", "/v1/x", "name: 'x'");
            assertEquals(
                    "test.Api.Do: google.api.http: custom kind 'A B' (expected: an HTTP method or *)",
                    wrong(messaging(custom("A B", "/v1"))));
            assertEquals(
                    "test.Api.Do: google.api.http: custom kind '' (expected: an HTTP method or *)",
                    wrong(messaging(custom("", "/v1"))));
        }

        @Test
        void theCustomKindStarLeavesTheMethodOpen() {
            HttpRule.Builder rule = custom("*", "/v1/{name}").addAdditionalBindings(get("/v1/{user_id}"));
            becomes(rule, "PUT", "/v1/x", "name: 'x'");
            becomes(rule, "GET", "/v1/x", "user_id: 'x'");
        }

        @Test
        void theBodyIsAFieldOfTheTopLevel() {
            assertEquals(
                    "test.Api.Do: google.api.http: body sub.subfield (expected: a field of test.Request)",
                    wrong(messaging(post("/v1", "sub.subfield"))));
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {"message_id | \"x\" | message_id: 'x'", "revision | 7 | revision: 7", "tags | [] | ''"})
        void theBodyMayBeAScalar(String field, String json, String message) {
            TestCall.begin(messaging(post("/v1", field)), "POST", "/v1", "content-type", "application/json")
                    .data(json)
                    .end()
                    .becomes("Do", "Request", message);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "s | s: 'x' | \"x\"",
                    "s | n: 1 | \"\"",
                    "n | s: 'x' | \"0\"",
                    "n | n: 5 | \"5\"",
                    "m | m { n: 5 } | {\"n\":\"5\"}",
                    "m | s: 'x' | {}",
                    "t | t { seconds: 1 } | \"1970-01-01T00:00:01Z\"",
                    "p | p: 0 | 0",
                    "p | s: 'x' | null",
                    "map | map { key: 'k' value: 1 } | {\"k\":1}"
                })
        void theResponseBodyIsAField(String field, String message, String json) {
            TestApi api = new TestApi()
                    .message(
                            "M",
                            "string s = 1",
                            "int64 n = 2",
                            "M m = 3",
                            "google.protobuf.Timestamp t = 4",
                            "_p: int32 p = 5",
                            "map<string, int32> map = 6");
            api.rpc("Do", "M", "M", get("/v1").setResponseBody(field));
            assertEquals(
                    "200 application/json " + json,
                    TestCall.begin(api, "GET", "/v1")
                            .end()
                            .head()
                            .message("M", message)
                            .trailers("grpc-status", "0")
                            .answer());
        }

        @Test
        void theResponseBodyIsAFieldOfTheTopLevel() {
            assertEquals(
                    "test.Api.Do: google.api.http: response_body absent (expected: a field of test.Message)",
                    wrong(messaging(get("/v1").setResponseBody("absent"))));
        }

        @Test
        void additionalBindingsAreOneLevelDeep() {
            assertEquals(
                    "test.Api.Do: google.api.http: additional_bindings within additional_bindings (expected: one level)",
                    wrong(messaging(get("/v1").addAdditionalBindings(get("/v2").addAdditionalBindings(get("/v3"))))));
        }

        @Test
        void additionalBindingsHaveBodiesOfTheirOwn() {
            HttpRule.Builder rule = get("/v1/{name}")
                    .addAdditionalBindings(post("/v1/{name}", "message").setResponseBody("text"));
            assertEquals(
                    "200 application/json \"t\"",
                    TestCall.begin(messaging(rule), "POST", "/v1/x", "content-type", "application/json")
                            .data("{\"text\":\"b\"}")
                            .end()
                            .becomes("Do", "Request", "name: 'x' message { text: 'b' }")
                            .head()
                            .message("Message", "text: 't'")
                            .trailers("grpc-status", "0")
                            .answer());
            becomes(rule, "GET", "/v1/x", "name: 'x'");
        }

        @Test
        void aRuleHasAPattern() {
            assertEquals(
                    "test.Api.Do: google.api.http: no pattern (expected: one of get, put, post, delete, patch, custom)",
                    wrong(messaging(HttpRule.newBuilder())));
        }

        @Test
        void twoMethodsHaveNotTheSameTemplate() {
            TestApi api = messaging(get("/v1/{name}/x")).rpc("Other", "Request", "Message", get("/v1/{user_id=*}/x"));
            assertEquals(
                    "test.Api.Other: GET /v1/{user_id=*}/x (expected: another path than /v1/{name}/x of test.Api.Do)",
                    wrong(api));
        }
    }
}
