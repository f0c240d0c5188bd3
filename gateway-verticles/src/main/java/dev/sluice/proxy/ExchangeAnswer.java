package dev.sluice.proxy;

import dev.sluice.failure.Failure;
import dev.sluice.spi.Call;
import dev.sluice.wire.FieldLines;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** What the gateway itself has to say to the client of one exchange: a filter's answer, a failure's, the end of a call. */
final class ExchangeAnswer {

    private final Exchange exchange;
    private final HttpServerResponse response;
    private final ClientSide clientSide;
    private boolean begun;

    ExchangeAnswer(Exchange exchange) {
        this.exchange = exchange;
        this.response = exchange.response;
        this.clientSide = exchange.clientSide;
    }

    /** Whether the client is being answered by the gateway, so that the end of its stream is no flight. */
    boolean begun() {
        return begun;
    }

    /** Somebody else ends the response. */
    void take() {
        begun = true;
    }

    /** A filter answers. */
    void reply(int status, @Nullable Buffer content) {
        var unusedStatus = response.setStatusCode(status);
        clientSide.decorate(HttpVersion.HTTP_1_1);
        ServerTiming.append(exchange.proxy.terms(), exchange.journal, response.headers());
        Call call = exchange.call();
        boolean headOnly = call != null && call.replied() == Call.Answer.END;
        exchange.filters.onResponse();
        if (exchange.isDone()) {
            return;
        }
        clientSide.announceClose();
        begun = true;
        exchange.trailers.relay(FieldLines.NONE, exchange.filters);
        if (content == null || headOnly || status == 204 || status == 304) {
            clientSide.wrote(response.end());
        } else if (clientSide.isHead()) {
            response.headers().set("content-length", Integer.toString(content.length()));
            clientSide.wrote(response.end());
        } else {
            exchange.journal.sent(content.length());
            clientSide.wrote(response.end(content));
        }
        exchange.answered();
    }

    /** The response's head, which stands, is all of it. */
    void endWithHead() {
        clientSide.announceClose();
        begun = true;
        exchange.trailers.relay(FieldLines.NONE, exchange.filters);
        clientSide.wrote(response.end());
        exchange.answered();
    }

    /**
     * Before the head is committed: the failure's answer. After: the end that a call gives its response, or an abort, which
     * no client can take for a complete response (correctness.md E1).
     */
    void failure(Failure failure, String detail) {
        if (!response.headWritten()) {
            begun = true;
            boolean framable = failure.where() != Failure.Where.DOWNSTREAM;
            exchange.proxy
                    .replies()
                    .write(
                            exchange.request,
                            exchange.calling.replyFormat(),
                            failure,
                            detail,
                            clientSide.announcesClose(framable),
                            exchange.filters::onFailure);
            clientSide.settle(framable);
            return;
        }
        Call call = exchange.call();
        Call.Ending ending = call == null ? null : call.breakOff(failure, detail);
        if (ending == null) {
            clientSide.abort();
        } else {
            begun = true;
            exchange.trailers.close(ending.trailers(), exchange.filters);
            Buffer last = ending.last();
            clientSide.wrote(last == null ? response.end() : response.end(last));
            clientSide.settle(true);
        }
    }
}
