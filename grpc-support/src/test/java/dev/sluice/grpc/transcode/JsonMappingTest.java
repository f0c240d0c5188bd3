package dev.sluice.grpc.transcode;

import static dev.sluice.grpc.transcode.TestApi.get;
import static dev.sluice.grpc.transcode.TestApi.post;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.GrpcTerms.Transcoding.FieldNames;
import dev.sluice.config.GrpcTerms.Transcoding.UnknownFields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values in paths, queries and bodies, and how answers write them. */
final class JsonMappingTest {

    private static final TestApi API = new TestApi()
            .enumeration("Color", "RED", "GREEN")
            .message(
                    "M",
                    "string s_s = 1",
                    "int32 i32 = 2",
                    "uint64 u64 = 3",
                    "bool flag = 4",
                    "bytes b = 5",
                    "double d = 6",
                    "Color color = 7",
                    "google.protobuf.Timestamp time = 8",
                    "google.protobuf.Duration span = 9",
                    "google.protobuf.FieldMask mask = 10",
                    "google.protobuf.Int32Value i = 11",
                    "google.protobuf.StringValue str = 12",
                    "google.protobuf.BoolValue truth = 13",
                    "google.protobuf.BytesValue bytes = 14",
                    "repeated Color colors = 15",
                    "repeated google.protobuf.Duration spans = 16",
                    "google.protobuf.Any any = 17",
                    "google.protobuf.Struct struct = 18",
                    "google.protobuf.Value value = 19",
                    "_opt: int32 opt = 20")
            .rpc(
                    "Do",
                    "M",
                    "M",
                    get("/q")
                            .addAdditionalBindings(get("/time/{time}"))
                            .addAdditionalBindings(get("/span/{span}"))
                            .addAdditionalBindings(get("/mask/{mask}"))
                            .addAdditionalBindings(get("/i/{i}"))
                            .addAdditionalBindings(get("/str/{str}"))
                            .addAdditionalBindings(get("/flag/{flag}"))
                            .addAdditionalBindings(get("/d/{d}"))
                            .addAdditionalBindings(get("/b/{b}"))
                            .addAdditionalBindings(get("/color/{color}"))
                            .addAdditionalBindings(get("/u64/{u64}"))
                            .addAdditionalBindings(post("/body", "*")));
    private static final Transcoder TRANSCODER = API.transcoder();

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "i32 ~ -5 ~ i32: -5",
                "i32 ~ 1.0 ~ i32: 1",
                "i32 ~ 1e2 ~ i32: 100",
                "u64 ~ 18446744073709551615 ~ u64: 18446744073709551615",
                "flag ~ true ~ flag: true",
                "flag ~ false ~ ",
                "b ~ -_8 ~ b: '\\373\\377'",
                "b ~ %2B/8= ~ b: '\\373\\377'",
                "d ~ -1.5e300 ~ d: -1.5e300",
                "d ~ Infinity ~ d: inf",
                "color ~ GREEN ~ color: GREEN",
                "color ~ 1 ~ color: GREEN",
                "color ~ 9 ~ color: 9",
                "time ~ 1970-01-01T00:00:01Z ~ time { seconds: 1 }",
                "time ~ 1970-01-01T01:00:00%2B01:00 ~ time { }",
                "span ~ 1.5s ~ span { seconds: 1 nanos: 500000000 }",
                "mask ~ sS,i32 ~ mask { paths: 's_s' paths: 'i32' }",
                "i ~ 7 ~ i { value: 7 }",
                "str ~ x ~ str { value: 'x' }",
                "truth ~ true ~ truth { value: true }",
                "bytes ~ eA ~ bytes { value: 'x' }",
                "s_s ~ a+b%26 ~ s_s: 'a b&'",
                "sS ~ a ~ s_s: 'a'",
                "sS ~ 5e99999999 ~ s_s: '5e99999999'",
                "opt ~ 0 ~ opt: 0"
            })
    void queryParameters(String name, String value, String message) {
        TestCall.begin(API, TRANSCODER, "GET", "/q?&" + name + "=" + value + "&")
                .end()
                .becomes("Do", "M", message == null ? "" : message);
    }

    @Test
    void repeatedQueryParameters() {
        TestCall.begin(API, TRANSCODER, "GET", "/q?colors=GREEN&colors=0&spans=1s&spans=2s")
                .end()
                .becomes("Do", "M", "colors: GREEN colors: RED spans { seconds: 1 } spans { seconds: 2 }");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "/time/1970-01-01T00:00:01Z ~ time { seconds: 1 }",
                "/span/1.5s ~ span { seconds: 1 nanos: 500000000 }",
                "/mask/sS%2Ci32 ~ mask { paths: 's_s' paths: 'i32' }",
                "/i/7 ~ i { value: 7 }",
                "/str/a%2Fb ~ str { value: 'a/b' }",
                "/flag/true ~ flag: true",
                "/d/0.5 ~ d: 0.5",
                "/b/eA== ~ b: 'x'",
                "/color/GREEN ~ color: GREEN",
                "/color/1 ~ color: GREEN",
                "/u64/7 ~ u64: 7"
            })
    void pathVariables(String path, String message) {
        TestCall.begin(API, TRANSCODER, "GET", path).end().becomes("Do", "M", message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "{\"sS\":\"x\",\"i32\":\"5\",\"u64\":7} ~ s_s: 'x' i32: 5 u64: 7",
                "{\"s_s\":\"x\"} ~ s_s: 'x'",
                "{\"sS\":null,\"i\":null} ~ ``",
                "{\"value\":null} ~ value { null_value: NULL_VALUE }",
                "{\"value\":[1,{\"a\":true}]} ~ value { list_value { values { number_value: 1 } values { struct_value { fields { key: 'a' value { bool_value: true } } } } } }",
                "{\"color\":1,\"colors\":[\"GREEN\",0]} ~ color: GREEN colors: GREEN colors: RED",
                "{\"d\":\"NaN\"} ~ d: nan",
                "{\"time\":\"1970-01-01T00:00:01Z\",\"span\":\"1s\",\"mask\":\"sS\"} ~ time { seconds: 1 } span { seconds: 1 } mask { paths: 's_s' }",
                "{\"i\":7,\"str\":\"\",\"truth\":false,\"bytes\":\"eA==\"} ~ i { value: 7 } str { } truth { } bytes { value: 'x' }",
                "{\"any\":{\"@type\":\"type.googleapis.com/test.M\",\"i32\":5}} ~ any { type_url: 'type.googleapis.com/test.M' value: '\\020\\005' }",
                "{\"any\":{\"@type\":\"type.googleapis.com/google.protobuf.Duration\",\"value\":\"1s\"}} ~ any { type_url: 'type.googleapis.com/google.protobuf.Duration' value: '\\010\\001' }"
            })
    void bodies(String json, String message) {
        TestCall.begin(API, TRANSCODER, "POST", "/body", "content-type", "application/json")
                .data(json)
                .end()
                .becomes("Do", "M", message);
    }

    private static String answer(FieldNames names, boolean defaults, boolean numbers, String message) {
        return TestCall.begin(API, API.transcoder(UnknownFields.REJECT, names, defaults, numbers), "GET", "/q")
                .end()
                .head()
                .message("M", message)
                .trailers("grpc-status", "0")
                .answer();
    }

    @Test
    void answersAreProtobufsJson() {
        assertEquals(
                "200 application/json {\"sS\":\"größe\\\"\",\"u64\":\"7\",\"b\":\"eA==\",\"d\":\"NaN\",\"color\":\"GREEN\","
                        + "\"time\":\"1970-01-01T00:00:01Z\",\"span\":\"1s\",\"i\":7}",
                answer(
                        FieldNames.JSON,
                        false,
                        false,
                        "s_s: 'größe\"' u64: 7 b: 'x' d: nan color: GREEN time { seconds: 1 } span { seconds: 1 } i { value: 7 }"));
    }

    @Test
    void namesMayBeThoseOfTheProtoFile() {
        assertEquals("200 application/json {\"s_s\":\"x\"}", answer(FieldNames.PROTO, false, false, "s_s: 'x'"));
    }

    @Test
    void enumsMayBeNumbers() {
        assertEquals(
                "200 application/json {\"color\":1,\"colors\":[0,1]}",
                answer(FieldNames.JSON, false, true, "color: GREEN colors: RED colors: GREEN"));
        assertEquals("200 application/json {\"color\":9}", answer(FieldNames.JSON, false, false, "color: 9"));
    }

    @Test
    void defaultsMayBeWritten() {
        assertEquals(
                "200 application/json {\"s_s\":\"\",\"i32\":0,\"u64\":\"0\",\"flag\":false,\"b\":\"\",\"d\":0.0,"
                        + "\"color\":\"RED\",\"colors\":[],\"spans\":[]}",
                answer(FieldNames.PROTO, true, false, ""));
    }

    @Test
    void anAnyOfAnUnknownTypeIsNoJson() {
        TestCall call = TestCall.begin(API, TRANSCODER, "GET", "/q")
                .end()
                .head()
                .message("M", "any { type_url: 'type.googleapis.com/other.Type' }")
                .trailers("grpc-status", "0");
        assertEquals(
                "500 {\"code\":13,\"message\":\"The backend's message is not JSON's: Cannot find type for url:"
                        + " type.googleapis.com/other.Type\",\"details\":[]}",
                call.refusal());
    }
}
