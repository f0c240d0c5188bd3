package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientNetworkTest {

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3, 10.1.2.3",
        "2001:db8:1:2:3:4:5:6, 20010db800010002/64",
        "2001:db8::1, 20010db800000000/64",
        "::1, 0000000000000000/64",
        "::ffff:10.1.2.3, 10.1.2.3",
        "unknown, unknown"
    })
    void addressesStandForTheirNetwork(String ip, String key) {
        assertEquals(key, new ClientIdentity(ip, false).network());
    }
}
