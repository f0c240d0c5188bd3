package dev.sluice.proxy;

import dev.sluice.filter.ResponseTrailers;
import dev.sluice.observe.Metric;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.FieldTokens;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** The trailers of one exchange, in both directions: which may pass, and what filters make of them. */
final class ExchangeTrailers implements ResponseTrailers {

    private final Exchange exchange;
    private final HttpServerResponse response;
    private @Nullable FieldLines appended;
    private boolean declared;
    private boolean ended;

    ExchangeTrailers(Exchange exchange) {
        this.exchange = exchange;
        this.response = exchange.response;
    }

    @Override
    public boolean supported() {
        int status = response.getStatusCode();
        if (ended || exchange.clientSide.isHead() || status == 204 || status == 304) {
            return false;
        }
        HttpVersion version = exchange.request.version();
        if (version == HttpVersion.HTTP_1_1) {
            return !response.headWritten() || response.isChunked();
        }
        return version != HttpVersion.HTTP_1_0;
    }

    @Override
    public void declare(String name) {
        check(name);
        if (response.headWritten()) {
            throw new IllegalStateException("the response's head is on its way");
        }
        makeRoom();
        declared = true;
        response.headers().add("trailer", name);
    }

    @Override
    public void append(String name, String value) {
        check(name);
        if (!FieldTokens.isFieldValue(value)) {
            throw new IllegalArgumentException("a trailer value with a control character");
        }
        if (!response.headWritten()) {
            makeRoom();
        }
        FieldLines lines = appended == null ? new FieldLines() : appended;
        lines.add(name, value);
        appended = lines;
    }

    /** Whether a filter has added some, or said that it will. */
    boolean promised() {
        return appended != null || declared;
    }

    /**
     * Puts the trailers on the response, which is about to end: the upstream's that may pass, those that filters add,
     * and what {@code onTrailers} makes of both.
     */
    void relay(FieldLines received, ExchangeFilters filters) {
        if (received.isEmpty() && appended == null) {
            ended = true;
            return;
        }
        close(allowed(received), filters);
    }

    /** Those of the upstream's that may pass, to be changed. */
    MultiMap allowed(FieldLines received) {
        MultiMap trailers = HttpHeaders.headers();
        dropped(HeaderRules.copyTrailers(received, trailers));
        return trailers;
    }

    /** Puts these on the response, and those that filters add. */
    void close(MultiMap trailers, ExchangeFilters filters) {
        if (trailers.isEmpty() && appended == null) {
            ended = true;
        } else if (!supported()) {
            ended = true;
            dropped(trailers.size());
        } else {
            put(trailers, filters);
        }
    }

    private void put(MultiMap trailers, ExchangeFilters filters) {
        FieldLines added = appended;
        if (added != null) {
            dropped(HeaderRules.copyTrailers(added, trailers));
        }
        filters.onTrailers(trailers);
        ended = true;
        if (!response.headWritten() && exchange.clientSide.isHttp1()) {
            var unusedChunked = response.setChunked(true);
        }
        MultiMap sent = response.trailers();
        trailers.forEach((name, value) -> {
            var unused = sent.add(name, value);
        });
    }

    /** What of a request's trailers goes to the upstream. */
    FieldLines request(FieldLines received, boolean takesTrailers, ExchangeFilters filters) {
        if (!takesTrailers) {
            dropped(received.size());
            return FieldLines.NONE;
        }
        MultiMap trailers = HttpHeaders.headers();
        dropped(HeaderRules.copyTrailers(received, trailers));
        filters.onRequestTrailers(trailers);
        return trailers.isEmpty() ? FieldLines.NONE : FieldLines.of(trailers);
    }

    private void check(String name) {
        if (HeaderRules.isForbiddenTrailer(name) || !FieldTokens.isToken(name)) {
            throw new IllegalArgumentException(name + " (expected: a field name that may be a trailer)");
        }
        if (!supported()) {
            throw new IllegalStateException("the response has no room for trailers");
        }
    }

    /** HTTP/1.1 has room for trailers behind chunks alone. */
    private void makeRoom() {
        if (exchange.clientSide.isHttp1()) {
            var unused = response.headers().remove("content-length");
        }
    }

    private void dropped(int count) {
        if (count > 0) {
            exchange.loop.counters().add(Metric.DROPPED_TRAILERS, count);
        }
    }
}
