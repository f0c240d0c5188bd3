package dev.sluice.proxy;

import dev.sluice.config.ClientTerms;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;
import dev.sluice.wire.ClientClose;
import io.vertx.core.http.HttpServerRequest;

/** What a client still sends after its answer: read for a bounded time and up to a bounded length, then its connection closes. */
final class DiscardedRest extends Timeout {

    private final Loop loop;
    private final HttpServerRequest request;
    private final ClientTerms.Body terms;
    private long bytes;

    DiscardedRest(Loop loop, HttpServerRequest request, ClientTerms.Body terms) {
        this.loop = loop;
        this.request = request;
        this.terms = terms;
        loop.timer().arm(this, terms.drainTimeout().toMillis());
    }

    void took(int length) {
        bytes += length;
        if (isArmed() && terms.drainBytes() != ClientTerms.UNLIMITED && bytes > terms.drainBytes()) {
            end();
            ClientClose.linger(request.connection(), terms.drainTimeout().toMillis(), ClientTerms.UNLIMITED);
        }
    }

    /** All has come, or nobody waits for it. */
    void end() {
        loop.timer().cancel(this);
    }

    @Override
    protected void expired() {
        var unused = request.connection().close();
    }
}
