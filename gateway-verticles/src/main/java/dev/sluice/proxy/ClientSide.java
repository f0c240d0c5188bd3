package dev.sluice.proxy;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.filter.CloseReason.Cause;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;
import dev.sluice.observe.Metric;
import dev.sluice.wire.ClientClose;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** What an exchange can do to its client, in the ways of the client's protocol. */
final class ClientSide {

    private static final long H2_NO_ERROR = 0;
    private static final long H2_INTERNAL_ERROR = 2;
    private static final long H3_NO_ERROR = 0x100;
    private static final long H3_INTERNAL_ERROR = 0x102;

    private final ProxyHandler proxy;
    private final Loop loop;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final RequestPump body;
    private final ClientConnection connection;
    private final Interim interim;
    private @Nullable Future<Void> lastWrite;
    private boolean closing;
    /** Whether the head has said that the connection closes. */
    private boolean announced;

    ClientSide(
            ProxyHandler proxy,
            HttpServerRequest request,
            ClientConnection connection,
            RequestPump body,
            Interim interim) {
        this.proxy = proxy;
        this.loop = proxy.loop();
        this.request = request;
        this.response = request.response();
        this.connection = connection;
        this.body = body;
        this.interim = interim;
    }

    boolean isHead() {
        return request.method().equals(HttpMethod.HEAD);
    }

    boolean isHttp1() {
        HttpVersion version = request.version();
        return version == null || version == HttpVersion.HTTP_1_1 || version == HttpVersion.HTTP_1_0;
    }

    /** Whether a request of this method has no body as a rule: then its end is on its way in the same read. */
    boolean usuallyBodyless() {
        HttpMethod method = request.method();
        return method.equals(HttpMethod.GET) || isHead() || method.equals(HttpMethod.OPTIONS);
    }

    /** Whether what is not sent yet of a request can be told from the next one; a client that was told nothing may skip it. */
    boolean mustClose() {
        return isHttp1() && (closing || interim.pending());
    }

    /** Takes nothing more on this connection once the answer is written. */
    void closeAfterAnswer() {
        closing = true;
    }

    /** Sets the fields that every proxied or filter-made response carries. */
    void decorate(HttpVersion received) {
        MultiMap headers = response.headers();
        proxy.via().append(headers, received);
        if (!headers.contains("date")) {
            headers.set("date", loop.httpDate());
        }
        String altSvc = proxy.altSvc();
        if (altSvc != null
                && (request.version() != HttpVersion.HTTP_3 || proxy.traffic().draining())) {
            headers.set("alt-svc", altSvc);
        }
    }

    /** The last word on the head, which filters have seen: whether it is the connection's last. */
    void announceClose() {
        if (announcesClose(true)) {
            response.headers().set("connection", "close");
        }
    }

    /**
     * Decides whether this answer is the connection's last, which its head then has to say.
     *
     * @param framable whether what follows on an HTTP/1 connection can be told apart for sure
     */
    boolean announcesClose(boolean framable) {
        boolean last = isHttp1()
                && (!framable
                        || proxy.traffic().draining()
                        || connection.leaving()
                        || connection.retiring()
                        || mustClose());
        if (last) {
            announced = true;
            connection.lastResponse();
        }
        return last;
    }

    /** A piece of the answer was written; the future completes when the client's side has taken it. */
    void wrote(Future<Void> written) {
        lastWrite = written;
    }

    /**
     * The response is written: what becomes of a request that is still being sent, and of the connection.
     *
     * @param framable whether what follows on an HTTP/1 connection can be told apart for sure
     */
    void settle(boolean framable) {
        if (!isHttp1()) {
            body.ignoreRest();
            if (!body.ended()) {
                declineBehind(lastWrite);
            }
            return;
        }
        boolean lengthless = lengthless() && !isHead();
        if (!framable || lengthless || announced || mustClose()) {
            close(!framable ? Cause.ERROR : lengthless ? Cause.CLIENT : Cause.DRAIN);
        } else {
            body.discardRest();
        }
    }

    /** Breaks the response off so that nobody can take it for complete (correctness.md E1). */
    void abort() {
        loop.counters().increment(Metric.ABORTED_RESPONSES);
        body.abandon();
        if (!isHttp1()) {
            reset(H2_INTERNAL_ERROR, H3_INTERNAL_ERROR);
        } else if (lengthless()) {
            connection.closing(Cause.ERROR, "");
            ClientClose.reset(request.connection());
        } else {
            closeNow(Cause.ERROR);
        }
    }

    /** Breaks the exchange off with a code, which HTTP/1 has not. */
    void reset(long http2Code) {
        body.abandon();
        if (isHttp1()) {
            connection.closing(Cause.ERROR, "");
            ClientClose.reset(request.connection());
        } else {
            reset(http2Code, StreamCodes.http3(http2Code));
        }
    }

    /** A client that does not take what is sent will not take the end of it either. */
    void cutOff() {
        loop.counters().increment(Metric.ABORTED_RESPONSES);
        reset(H2_INTERNAL_ERROR);
    }

    /** Whether the connection's end is the response's. */
    private boolean lengthless() {
        return request.version() == HttpVersion.HTTP_1_0 && !response.headers().contains("content-length");
    }

    /**
     * Not before the client has taken the answer, for a reset drops what is unsent of it; and then a little later, for
     * clients such as curl 7.88 forget an answer that they read together with the reset.
     */
    private void declineBehind(@Nullable Future<Void> answer) {
        Timeout decline = new Timeout() {
            @Override
            protected void expired() {
                declineRest();
            }
        };
        long millis = Defaults.DECLINE_DELAY.toMillis();
        if (answer == null || answer.isComplete()) {
            loop.timer().arm(decline, millis);
        } else {
            answer.onComplete((v, error) -> loop.timer().arm(decline, millis));
        }
    }

    private void declineRest() {
        if (!body.ended()) {
            reset(H2_NO_ERROR, H3_NO_ERROR);
        }
    }

    private void reset(long h2Code, long h3Code) {
        var unused = response.reset(request.version() == HttpVersion.HTTP_3 ? h3Code : h2Code);
    }

    /** Behind the answer, which a client that still sends its request gets the time to read. */
    private void close(Cause cause) {
        if (body.ended() || body.bodyless()) {
            body.abandon();
            closeNow(cause);
        } else {
            body.abandon();
            connection.closing(cause, "");
            ClientTerms.Body terms = proxy.terms().body();
            ClientClose.linger(request.connection(), terms.drainTimeout().toMillis(), terms.drainBytes());
        }
    }

    private void closeNow(Cause cause) {
        connection.closing(cause, "");
        var unused = request.connection().close();
    }
}
