package dev.sluice.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.buffer.Buffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class GrpcHealthMessagesTest {

    private static Buffer bytes(String hex) {
        return Buffer.buffer(HexFormat.of().parseHex(hex));
    }

    private static String hex(Buffer buffer) {
        return HexFormat.of().formatHex(buffer.getBytes());
    }

    @Test
    void encodesTheServiceOrNothing() {
        assertEquals("0000000000", hex(GrpcHealthMessages.request("")));
        assertEquals("00000000050a03612e62", hex(GrpcHealthMessages.request("a.b")));
        String umlaut = hex(GrpcHealthMessages.request("ä".repeat(100)));
        assertEquals("00000000cb" + "0ac801" + "c3a4".repeat(100), umlaut);
    }

    @Test
    void decodesTheStatus() {
        assertEquals(0, GrpcHealthMessages.status(bytes("0000000000")), "0 is left out on the wire");
        assertEquals(1, GrpcHealthMessages.status(bytes("00000000020801")));
        assertEquals(2, GrpcHealthMessages.status(bytes("00000000020802")));
        assertEquals(3, GrpcHealthMessages.status(bytes("000000000708010a0161" + "0803")), "the last one counts");
    }

    @Test
    void skipsFieldsThatItDoesNotKnow() {
        assertEquals(
                1,
                GrpcHealthMessages.status(bytes("0000000017"
                        + "109601" // 2: a number
                        + "19" + "0000000000000000" // 3: 64 bits
                        + "2202" + "6162" // 4: a text
                        + "2d" + "00000000" // 5: 32 bits
                        + "0801")));
    }

    @Test
    void refusesWhatIsNoMessage() {
        for (String malformed : new String[] {
            "", // nothing
            "00000000", // less than a frame
            "01000000020801", // compressed
            "00000000030801", // too short
            "00000000010801", // too long
            "000000000108", // cut off in a number
            "0000000002" + "2205", // cut off in a text
            "0000000001" + "0b", // a group
            "000000000b" + "08ffffffffffffffffffff", // a number without an end
        }) {
            assertThrows(IllegalArgumentException.class, () -> GrpcHealthMessages.status(bytes(malformed)), malformed);
        }
    }
}
