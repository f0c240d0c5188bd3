package dev.sluice.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ResolvedEndpointTest {

    private static void rejects(String message, String ip, int port, int weight, int priority) {
        IllegalArgumentException rejected = assertThrows(
                IllegalArgumentException.class, () -> new ResolvedEndpoint("app.test", ip, port, weight, priority, ""));
        assertEquals(message, rejected.getMessage());
    }

    @Test
    void rejectsWhatNobodyCanConnectTo() {
        for (String ip : new String[] {"999.1.1.1", "1.2.3", "app.test", "", "[::1]", "fe80::1%eth0"}) {
            rejects(ip + " (expected: an IP literal)", ip, 80, 1, 0);
        }
        rejects("port 0 (expected: 1..65535)", "::1", 0, 1, 0);
        rejects("port 65536 (expected: 1..65535)", "::1", 65536, 1, 0);
        rejects("weight 0 (expected: 1..1000)", "10.0.0.1", 80, 0, 0);
        rejects("weight 1001 (expected: 1..1000)", "10.0.0.1", 80, 1001, 0);
        rejects("priority -1 (expected: 0..2147483647)", "10.0.0.1", 80, 1, -1);
    }
}
