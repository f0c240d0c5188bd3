package dev.sluice.proxy;

import dev.sluice.config.Defaults;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;
import dev.sluice.wire.FieldLines;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;

/**
 * The interim responses of one exchange (RFC 9110 sections 10.1.1 and 15.2). An expectation of 100 goes on to the
 * upstream, which decides; one that says nothing for a second gets the body all the same.
 */
final class Interim extends Timeout {

    private final Loop loop;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final RequestPump body;
    private final boolean http10;
    private final boolean expected;
    private boolean continued;
    private boolean hinted;

    Interim(Loop loop, HttpServerRequest request, RequestPump body) {
        this.loop = loop;
        this.request = request;
        this.response = request.response();
        this.body = body;
        this.http10 = request.version() == HttpVersion.HTTP_1_0;
        this.expected = !http10
                && request.headers().contains("expect")
                && HeaderRules.hasToken(request.headers(), "expect", "100-continue");
    }

    /** Whether the client expects something else than 100; from HTTP/1.0 nothing counts. */
    boolean unknownExpectation() {
        return !http10 && !expected && request.headers().contains("expect");
    }

    /** Whether the client waits for 100 before it sends its body. */
    boolean pending() {
        return expected && !continued && !body.begun() && !body.ended() && !body.bodyless();
    }

    /** The request's head, with the expectation, is on its way to the upstream. */
    void forwarded() {
        if (pending()) {
            loop.timer().arm(this, Defaults.CONTINUE_TIMEOUT.toMillis());
        }
    }

    /** Passes on what the upstream sent: 100 and 103; the others are of no use to any client (RFC 9110 section 15.2). */
    void received(int status, FieldLines fields) {
        if (http10 || response.headWritten()) {
            return;
        }
        if (status == 100) {
            sendContinue();
        } else if (status == 103) {
            MultiMap hints = HttpHeaders.headers();
            HeaderRules.copyResponse(fields, hints, false);
            hints.remove("content-length"); // RFC 9110 section 8.6
            hinted = true;
            var unused = response.writeEarlyHints(hints);
        }
    }

    /** Whether the client has been sent some of one upstream's answer. */
    boolean hinted() {
        return hinted;
    }

    /** A final response is due, or the exchange is over. */
    void stop() {
        loop.timer().cancel(this);
    }

    @Override
    protected void expired() {
        if (!response.headWritten()) {
            sendContinue();
        }
    }

    private void sendContinue() {
        loop.timer().cancel(this);
        if (pending()) {
            continued = true;
            var unused = response.writeContinue();
            body.expectBody();
        }
    }
}
