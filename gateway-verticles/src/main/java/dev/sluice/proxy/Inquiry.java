package dev.sluice.proxy;

import dev.sluice.config.ResourceKey;
import dev.sluice.failure.Failure;
import dev.sluice.loop.Timeout;
import dev.sluice.spi.LocalService.Answer;
import dev.sluice.upstream.EndpointOutcome;
import dev.sluice.upstream.Pick;
import dev.sluice.upstream.Upstream;
import dev.sluice.upstream.UpstreamEndpoint;
import dev.sluice.wire.BodyBuffers;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.UpstreamHead;
import dev.sluice.wire.UpstreamStream;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a service of the gateway's own asks of a backend: one POST, whose answer is gathered within bounds. */
final class Inquiry extends Timeout implements UpstreamAttempt.Observer, UpstreamStream.Body {

    private final Exchange exchange;
    private final UpstreamAttempt attempt;
    private final String authority;
    private final MultiMap fields;
    private final Buffer content;
    private final int maxBytes;
    private final Promise<Answer> answer = Promise.promise();
    private final Buffer gathered = Buffer.buffer();
    private int status;
    private MultiMap headers = HttpHeaders.headers();

    private Inquiry(
            Exchange exchange,
            UpstreamEndpoint endpoint,
            String path,
            String authority,
            MultiMap fields,
            Buffer content,
            int maxBytes) {
        this.exchange = exchange;
        this.attempt = new UpstreamAttempt(exchange.loop, endpoint, endpoint.pool(), HttpMethod.POST, path, this);
        this.authority = authority;
        this.fields = fields;
        this.content = content;
        this.maxBytes = maxBytes;
    }

    /** Asks; see {@link dev.sluice.spi.LocalService.Exchange#ask}. */
    static Future<Answer> send(
            Exchange exchange,
            ResourceKey backend,
            String path,
            MultiMap fields,
            Buffer content,
            int maxBytes,
            Duration timeout) {
        Upstream upstream = exchange.proxy.upstreams().get(backend);
        UpstreamEndpoint endpoint = upstream == null ? null : upstream.pick(Pick.ANY);
        if (endpoint == null) {
            return Future.failedFuture("backend " + backend + " has no endpoint");
        }
        String authority = exchange.filterView.authority();
        Inquiry inquiry = new Inquiry(
                exchange,
                endpoint,
                path,
                authority.isEmpty() ? endpoint.label() : authority,
                fields,
                content,
                maxBytes);
        exchange.loop.timer().arm(inquiry, timeout.toMillis());
        inquiry.attempt.start();
        return inquiry.answer.future();
    }

    @Override
    protected void expired() {
        giveUp("no answer in time");
    }

    @Override
    public void streamOpened(UpstreamAttempt unused, UpstreamStream stream) {
        exchange.proxy.via().append(fields, exchange.journal.protocol());
        fields.set("te", "trailers");
        ExchangeHeaders.prepare(stream, fields, authority);
        stream.end(content, FieldLines.NONE);
    }

    @Override
    public void responseInterim(UpstreamAttempt unused, int interimStatus, FieldLines interimFields) {}

    @Override
    public void responseHead(UpstreamAttempt unused, UpstreamStream stream, UpstreamHead head) {
        status = head.status();
        headers = map(head.fields());
        stream.receive(this);
    }

    @Override
    public void data(Buffer chunk) {
        if (!answer.future().isComplete()) {
            if (gathered.length() + chunk.length() > maxBytes) {
                giveUp("an answer of more than " + maxBytes + " bytes");
            } else {
                var unused = gathered.appendBuffer(chunk);
            }
        }
        BodyBuffers.release(chunk);
    }

    @Override
    public void end(FieldLines trailers) {
        exchange.loop.timer().cancel(this);
        attempt.finish();
        answer.tryComplete(new Answer(status, headers, gathered, map(trailers)));
    }

    @Override
    public void attemptFailed(UpstreamAttempt unused, Failure failure, @Nullable Throwable cause) {
        exchange.loop.timer().cancel(this);
        answer.tryFail(failure.text());
    }

    @Override
    public boolean judges() {
        return false;
    }

    private void giveUp(String why) {
        exchange.loop.timer().cancel(this);
        attempt.abort(EndpointOutcome.UNKNOWN);
        answer.tryFail(why);
    }

    private static MultiMap map(FieldLines lines) {
        MultiMap map = HttpHeaders.headers();
        for (int i = 0; i < lines.size(); i++) {
            var unused = map.add(lines.name(i), lines.value(i));
        }
        return map;
    }
}
