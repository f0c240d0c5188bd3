package dev.sluice.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.ClusterSettings.MaxDraining;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterSettingsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1", "127.9.9.9", "::1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
                "169.254.1.1", "fe80::1", "fc00::1", "fdff::1", "100.64.0.1", "100.127.255.255", "::ffff:10.0.0.1"
            })
    void privateAddresses(String ip) throws UnknownHostException {
        assertEquals(false, ClusterSettings.isPublic(InetAddress.getByName(ip)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "::",
                "8.8.8.8",
                "172.15.0.1",
                "172.32.0.1",
                "192.169.0.1",
                "100.63.0.1",
                "100.128.0.1",
                "2001:db8::1",
                "fe00::1"
            })
    void publicAddresses(String ip) throws UnknownHostException {
        assertEquals(true, ClusterSettings.isPublic(InetAddress.getByName(ip)));
    }

    @Test
    void aPartOfTheNodesIsRoundedDownButNeverNone() {
        assertEquals(1, new MaxDraining(0, 25).of(1));
        assertEquals(1, new MaxDraining(0, 25).of(7));
        assertEquals(2, new MaxDraining(0, 25).of(8));
        assertEquals(8, new MaxDraining(0, 100).of(8));
        assertEquals(3, new MaxDraining(3, 0).of(1));
    }
}
