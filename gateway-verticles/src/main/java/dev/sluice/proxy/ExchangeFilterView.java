package dev.sluice.proxy;

import dev.sluice.failure.Failure;
import dev.sluice.filter.BodyLimit;
import dev.sluice.filter.ConnectionContext;
import dev.sluice.filter.FilterAction;
import dev.sluice.filter.LimitedExchange;
import dev.sluice.filter.RateLimits;
import dev.sluice.filter.RequestTiming;
import dev.sluice.filter.ResponseTrailers;
import dev.sluice.route.CompiledMatch;
import dev.sluice.spi.CallExchange;
import dev.sluice.spi.ReplyFormat;
import dev.sluice.wire.Authority;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An exchange as its filters and its call see it, with the changes they made to the request's target. */
final class ExchangeFilterView implements CallExchange, LimitedExchange {

    private final Exchange exchange;
    private @Nullable CompiledMatch match;
    private @Nullable String authority;
    private @Nullable String path;
    private @Nullable String query;
    private @Nullable HttpMethod method;
    private @Nullable Map<Object, Object> items;

    ExchangeFilterView(Exchange exchange) {
        this.exchange = exchange;
    }

    void matched(CompiledMatch found) {
        match = found;
    }

    /** Origin-form of the target that goes to the upstream. */
    String uri() {
        String currentPath = path();
        String currentQuery = query();
        return currentQuery == null ? currentPath : currentPath + "?" + currentQuery;
    }

    /** The method that goes to the upstream. */
    HttpMethod forwardedMethod() {
        return method == null ? exchange.request.method() : method;
    }

    @Override
    public void forwardMethod(String other) {
        method = HttpMethod.valueOf(other);
    }

    @Override
    public HttpVersion protocol() {
        return exchange.journal.protocol();
    }

    @Override
    public void replyFormat(ReplyFormat format) {
        exchange.calling.replyFormat(format);
    }

    @Override
    public String rule() {
        String name = exchange.journal.route();
        return name == null ? "" : name;
    }

    @Override
    public RateLimits rateLimits() {
        return exchange.proxy.rateLimits();
    }

    @Override
    public String clientNetwork() {
        return exchange.client.network();
    }

    @Override
    public long ageNanos() {
        return exchange.journal.ageNanos();
    }

    @Override
    public void deadline(long nanos) {
        exchange.deadlines.requestWithin(exchange.startNanos, nanos, "the call's deadline");
    }

    @Override
    public long remainingNanos() {
        return exchange.deadlines.requestRemainingNanos();
    }

    @Override
    public void fail(Failure failure, String detail) {
        exchange.callFailed(failure, detail);
    }

    @Override
    public String method() {
        return exchange.incoming.method();
    }

    @Override
    public String scheme() {
        return exchange.request.isSSL() ? "https" : "http";
    }

    @Override
    public String authority() {
        return authority == null ? exchange.incoming.authority() : authority;
    }

    @Override
    public void authority(String replacement) {
        if (Authority.hostEnd(replacement) < 0) {
            throw new IllegalArgumentException(replacement + " (expected: host[:port])");
        }
        authority = replacement;
    }

    @Override
    public String host() {
        return exchange.incoming.host();
    }

    @Override
    public int listenerPort() {
        return exchange.proxy.port();
    }

    @Override
    public String path() {
        return path == null ? exchange.incoming.path() : path;
    }

    @Override
    public @Nullable String query() {
        return path == null ? exchange.incoming.query() : query;
    }

    @Override
    public void target(String newPath, @Nullable String newQuery) {
        if (newPath.isEmpty() || newPath.charAt(0) != '/') {
            throw new IllegalArgumentException(newPath + " (expected: a path beginning with /)");
        }
        if (!IncomingRequest.visibleAscii(newPath)
                || (newQuery != null && !newQuery.isEmpty() && !IncomingRequest.visibleAscii(newQuery))) {
            throw new IllegalArgumentException("a target with a character that must be percent-encoded");
        }
        path = newPath;
        query = newQuery;
    }

    @Override
    public @Nullable String matchedPrefix() {
        return match == null ? null : match.matchedPrefix();
    }

    @Override
    public MultiMap requestHeaders() {
        return exchange.request.headers();
    }

    @Override
    public SocketAddress clientAddress() {
        return exchange.client.address();
    }

    @Override
    public ConnectionContext connection() {
        return exchange.connection;
    }

    @Override
    public RequestTiming timing() {
        return exchange.journal;
    }

    @Override
    public Map<Object, Object> items() {
        if (items == null) {
            items = new HashMap<>();
        }
        return items;
    }

    @Override
    public int status() {
        return exchange.response.getStatusCode();
    }

    @Override
    public void status(int status) {
        var unused = exchange.response.setStatusCode(status);
    }

    @Override
    public MultiMap responseHeaders() {
        return exchange.response.headers();
    }

    @Override
    public ResponseTrailers trailers() {
        return exchange.trailers;
    }

    @Override
    public BodyLimit bodyLimit() {
        return exchange.bodyLimit;
    }

    @Override
    public FilterAction reset(long http2Code) {
        if (http2Code < 0 || http2Code > 13) {
            throw new IllegalArgumentException(http2Code + " (expected: 0..13)");
        }
        return exchange.breakOff(
                Failure.FILTER_ABORT, "reset with code " + http2Code, () -> exchange.clientSide.reset(http2Code));
    }

    @Override
    public FilterAction abort(String reason) {
        return exchange.breakOff(Failure.FILTER_ABORT, reason, exchange.clientSide::abort);
    }

    @Override
    public void completeAndAbort() {
        exchange.clientSide.closeAfterAnswer();
    }

    @Override
    public FilterAction reply(int status, @Nullable Buffer body) {
        return exchange.reply(status, body);
    }

    @Override
    public void resume() {
        exchange.loop.execute(exchange.routing::resumeFilters);
    }
}
