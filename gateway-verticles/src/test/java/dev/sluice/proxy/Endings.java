package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.testkit.Call;
import dev.sluice.testkit.Call.Outcome;
import java.io.IOException;

/** The ways in which an exchange may end for a client (correctness.md E1). */
final class Endings {

    private Endings() {}

    /** The gateway's own answer, whole. */
    static void assertFailed(Outcome outcome, int status, String error) {
        assertEquals(status, outcome.status(), outcome.toString());
        assertEquals(error, outcome.error());
        assertTrue(outcome.complete(), outcome.toString());
        assertEquals(-1, outcome.reset());
    }

    static void assertGood(Outcome outcome) {
        assertEquals(200, outcome.status(), outcome.toString());
        assertEquals("good", outcome.body());
        assertTrue(outcome.complete(), outcome.toString());
    }

    /** Broken off within {@code hello}: short of the framing, or INTERNAL_ERROR, whatever the upstream's code was. */
    static void assertAborted(Call.Protocol client, Call call) throws IOException {
        Outcome outcome = call.outcome();
        assertEquals(200, outcome.status());
        assertTrue("hello".startsWith(outcome.body()), outcome.body());
        assertFalse(outcome.complete(), "a broken body never looks complete");
        assertEquals(
                switch (client) {
                    case H1 -> -1;
                    case H2 -> 2;
                    case H3 -> 0x102;
                },
                outcome.reset(),
                "INTERNAL_ERROR");
        assertEquals(client != Call.Protocol.H1, call.connectionOpen());
    }
}
