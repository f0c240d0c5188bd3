package dev.sluice.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GrpcTimeoutTest {

    @ParameterizedTest
    @CsvSource({
        "1n, 1",
        "99999999n, 99999999",
        "1u, 1000",
        "1m, 1000000",
        "20S, 20000000000",
        "3M, 180000000000",
        "2H, 7200000000000",
        "00000007S, 7000000000",
        "99999999M, 5999999940000000000",
        "99999999H, 9223372036854775807",
        "0n, 0",
        "0H, 0"
    })
    void parsed(String value, long nanos) {
        assertEquals(nanos, GrpcTimeout.parse(value));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "S",
                "1",
                "100",
                "123456789n",
                "000000001S",
                "-1S",
                "+1S",
                "1s",
                "1h",
                "1 S",
                " 1S",
                "1S ",
                "1.5S",
                "1SS",
                "1ms",
                "0x1S",
                "١S",
                "1µ",
                "infinity",
                "1S,2S"
            })
    void anythingElseIsInvalid(String value) {
        assertEquals(GrpcTimeout.INVALID, GrpcTimeout.parse(value));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1n",
        "0, 1n",
        "-5, 1n",
        "99999999, 99999999n",
        "100000000, 100000u",
        "100000999, 100000u",
        "99999999999, 99999999u",
        "100000000000, 100000m",
        "99999999999999, 99999999m",
        "100000000000000, 100000S",
        "99999999999999999, 99999999S",
        "100000000000000000, 1666666M",
        "5999999999999999999, 99999999M",
        "6000000000000000000, 1666666H",
        "9223372036854775807, 2562047H"
    })
    void formattedInTheFinestUnit(long nanos, String value) {
        assertEquals(value, GrpcTimeout.format(nanos));
    }
}
