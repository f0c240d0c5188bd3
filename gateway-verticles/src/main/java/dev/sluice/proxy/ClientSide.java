package dev.sluice.proxy;

import dev.sluice.filter.CloseReason.Cause;
import dev.sluice.loop.Loop;
import dev.sluice.observe.Metric;
import dev.sluice.wire.FieldLines;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;

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

    ClientSide(ProxyHandler proxy, HttpServerRequest request, ClientConnection connection, RequestPump body) {
        this.proxy = proxy;
        this.loop = proxy.loop();
        this.request = request;
        this.response = request.response();
        this.connection = connection;
        this.body = body;
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

    /** HTTP/1.1 needs the client's word and chunked coding (RFC 9110 section 6.5.1); HTTP/1.0 has no trailers. */
    boolean acceptsTrailers() {
        return switch (request.version()) {
            case HTTP_1_0 -> false;
            case HTTP_1_1 ->
                HeaderRules.hasToken(request.headers(), "te", "trailers")
                        && !response.headers().contains("content-length");
            case HTTP_2, HTTP_3 -> true;
        };
    }

    /** Answers {@code Expect: 100-continue} (RFC 9110 section 10.1.1), now that every check has passed. */
    void continueIfExpected() {
        if (request.version() != HttpVersion.HTTP_1_0
                && !body.ended()
                && HeaderRules.hasToken(request.headers(), "expect", "100-continue")) {
            var unused = response.writeContinue();
        }
    }

    /** Sets the fields that every proxied or filter-made response carries. */
    void decorate(HttpVersion received) {
        MultiMap headers = response.headers();
        HeaderRules.appendVia(headers, received, proxy.pseudonym());
        if (!headers.contains("date")) {
            headers.set("date", loop.httpDate());
        }
        String altSvc = proxy.altSvc();
        if (altSvc != null && request.version() != HttpVersion.HTTP_3) {
            headers.set("alt-svc", altSvc);
        }
    }

    /** The last word on the head, which filters have seen: whether it is the connection's last. */
    void announceClose() {
        if ((proxy.draining() || connection.leaving()) && isHttp1()) {
            response.headers().set("connection", "close");
            connection.lastResponse();
        }
    }

    /** Passes trailers on, if the client can be sent any, through the filters and without the forbidden fields. */
    void trailers(FieldLines received, ExchangeFilters filters) {
        if (received.isEmpty()) {
            return;
        }
        if (!acceptsTrailers()) {
            loop.counters().add(Metric.DROPPED_TRAILERS, received.size());
            return;
        }
        MultiMap trailers = HttpHeaders.headers();
        loop.counters().add(Metric.DROPPED_TRAILERS, HeaderRules.copyTrailers(received, trailers));
        filters.onTrailers(trailers);
        MultiMap sent = response.trailers();
        trailers.forEach((name, value) -> {
            var unused = sent.add(name, value);
        });
    }

    /**
     * The response is written: what becomes of a request that is still being sent, and of the connection.
     *
     * @param framable whether what follows on an HTTP/1 connection can be told apart for sure
     */
    void settle(boolean framable) {
        if (!isHttp1()) {
            body.disconnect();
            if (!body.ended()) {
                loop.atTurnEnd(this::declineRest);
            }
            return;
        }
        boolean lengthless = request.version() == HttpVersion.HTTP_1_0
                && !response.headers().contains("content-length")
                && !isHead();
        boolean leaving = (proxy.draining() || connection.leaving()) && body.ended();
        if (!framable || lengthless || leaving) {
            body.abandon();
            close(!framable ? Cause.ERROR : lengthless ? Cause.CLIENT : Cause.DRAIN);
        } else {
            body.discardRest();
        }
    }

    /** Breaks the response off so that nobody can take it for complete (correctness.md E1). */
    void abort() {
        loop.counters().increment(Metric.ABORTED_RESPONSES);
        body.abandon();
        if (isHttp1()) {
            close(Cause.ERROR);
        } else {
            reset(H2_INTERNAL_ERROR, H3_INTERNAL_ERROR);
        }
    }

    /** Not in the turn of the answer: the request's end may come with its head, and a reset drops unsent DATA. */
    private void declineRest() {
        if (!body.ended()) {
            reset(H2_NO_ERROR, H3_NO_ERROR);
        }
    }

    private void reset(long h2Code, long h3Code) {
        var unused = response.reset(request.version() == HttpVersion.HTTP_3 ? h3Code : h2Code);
    }

    private void close(Cause cause) {
        connection.closing(cause, "");
        var unused = request.connection().close();
    }
}
