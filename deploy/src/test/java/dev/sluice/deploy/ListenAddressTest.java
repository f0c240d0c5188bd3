package dev.sluice.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ListenAddressTest {

    @ParameterizedTest
    @CsvSource({
        ":8080, '', 8080, *:8080",
        ":0, '', 0, *:0",
        "127.0.0.1:80, 127.0.0.1, 80, 127.0.0.1:80",
        "localhost:80, 127.0.0.1, 80, 127.0.0.1:80",
        "[::1]:8443, ::1, 8443, [::1]:8443",
        "[2001:db8::7]:65535, 2001:db8::7, 65535, [2001:db8::7]:65535"
    })
    void readsHostAndPort(String text, String host, int port, String printed) {
        ListenAddress address = ListenAddress.parse(text);
        assertEquals(new ListenAddress(host, port), address);
        assertEquals(printed, address.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "8081 | 8081 (expected: [HOST]:PORT, for example :8081)",
                "host | host (expected: [HOST]:PORT, for example :8080)",
                ":65536 | :65536 has port 65536 (expected: 0..65535)",
                ":x | :x has port x (expected: 0..65535)",
                "::1:80 | ::1:80 (expected: an IPv6 address in brackets, for example [::1]:8080)",
                "256.0.0.1:80 | 256.0.0.1:80 (expected: an IP address before the port, for example 127.0.0.1:8080 or"
                        + " [::1]:8080)"
            })
    void saysWhatIsWrong(String text, String message) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> ListenAddress.parse(text))
                        .getMessage());
    }
}
