package dev.sluice.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.BindException;
import org.junit.jupiter.api.Test;

final class StartFailureTest {

    @Test
    void saysEachThingOnce() {
        Throwable cause = new IOException("disk full");
        assertEquals("disk full", StartFailure.explain(new IllegalStateException(cause)));
        assertEquals("cannot write: disk full", StartFailure.explain(new IllegalStateException("cannot write", cause)));
        assertEquals("mine", StartFailure.explain(new StartFailure("mine")));
        assertEquals("NullPointerException (more with --debug)", StartFailure.explain(new NullPointerException()));
    }

    @Test
    void leavesOutSystemCalls() {
        assertEquals(
                "cannot listen on *:80: Address already in use",
                StartFailure.explain(new IllegalStateException(
                        "cannot listen on *:80: bind(..) failed with error(-98): Address already in use")));
    }

    @Test
    void givesReasonsInPlainWords() {
        assertEquals("address already in use", StartFailure.reason(new BindException("Address already in use")));
        assertEquals("permission denied", StartFailure.reason(new BindException("Permission denied")));
        assertEquals(
                "this machine has no such address",
                StartFailure.reason(new BindException("Cannot assign requested address (Bind failed)")));
    }
}
