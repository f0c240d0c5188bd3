package dev.sluice.bench.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.bench.load.Protocol;
import dev.sluice.bench.scenario.Needs;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A peer given as command lines. */
final class CommandPeerTest {

    private static final Needs PLAIN = new Needs(Protocol.HTTP1, false, 0);
    private static final Needs TLS = new Needs(Protocol.HTTP1_TLS, false, 0);
    private static final Needs GRPC = new Needs(Protocol.H2C, true, 0);

    private static Site site(Needs needs) {
        return new Site(Path.of("/d"), needs, 1, 2, 3, 4, Path.of("/c.pem"), Path.of("/k.pem"), 5);
    }

    @Test
    void placesAreFilledIn() {
        CommandPeer peer = new CommandPeer(
                "mine", List.of("x {port} {tls-port} {backend} {backend-h2c} {cert} {key} {dir} {workers} {other}"));

        assertEquals(
                Launch.of("sh", "-c", "x 1 2 127.0.0.1:3 127.0.0.1:4 /c.pem /k.pem /d 5 {other}"),
                peer.launch(site(PLAIN)));
    }

    @Test
    void placesSayWhatItSpeaks() {
        CommandPeer peer = new CommandPeer("mine", List.of("x {port} {backend}"));

        assertTrue(peer.speaks(PLAIN));
        assertFalse(peer.speaks(TLS));
        assertFalse(peer.speaks(GRPC));
        assertFalse(peer.speaks(new Needs(Protocol.HTTP1, false, 10)));
    }

    @Test
    void theFirstLineThatFitsIsRun() {
        CommandPeer peer = new CommandPeer(
                "mine", List.of("plain {port} {backend}", "grpc {port} {backend-h2c}", "tls {tls-port} {backend}"));

        assertEquals("plain 1 127.0.0.1:3", peer.launch(site(PLAIN)).command().get(2));
        assertEquals("grpc 1 127.0.0.1:4", peer.launch(site(GRPC)).command().get(2));
        assertEquals("tls 2 127.0.0.1:3", peer.launch(site(TLS)).command().get(2));
    }
}
