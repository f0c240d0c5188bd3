package dev.sluice.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.Version;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Older Nettys have known smuggling and flood CVEs: whatever a BOM says, this one and no other is on the class path. */
final class NettyVersionTest {

    @Test
    void isThePinnedOneEverywhere() {
        Set<String> versions = Version.identify().entrySet().stream()
                .filter(artifact -> !artifact.getKey().startsWith("netty-tcnative"))
                .map(artifact -> artifact.getValue().artifactVersion())
                .collect(Collectors.toSet());
        assertTrue(
                Version.identify().containsKey("netty-codec-http2"),
                () -> Version.identify().keySet().toString());
        assertEquals(Set.of("4.2.18.Final"), versions);
    }
}
