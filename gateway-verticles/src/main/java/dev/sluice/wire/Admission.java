package dev.sluice.wire;

import dev.sluice.config.ClientTerms.OverloadReply;
import dev.sluice.observe.RefusedConnections;
import dev.sluice.observe.RefusedConnections.Reason;
import java.util.concurrent.atomic.AtomicInteger;

/** What all listening sockets of a Vert.x share: the limit of open connections, and the turning away. Any thread. */
final class Admission {

    private final long max;
    private final SharedCount open = new SharedCount();
    private final AtomicInteger answering = new AtomicInteger();
    private final RefusedConnections refused = new RefusedConnections();

    /** @param max {@link dev.sluice.config.ClientTerms#UNLIMITED} for any number */
    Admission(long max) {
        this.max = max;
    }

    /** Takes a connection in, unless there are enough. */
    boolean enter() {
        return open.take(max);
    }

    void leave() {
        open.give();
    }

    RefusedConnections refused() {
        return refused;
    }

    /** Counts, and gives the handler that turns a connection away. */
    Refusal refuse(Reason reason, OverloadReply reply) {
        refused.count(reason);
        return new Refusal(reason, reply, answering);
    }
}
