package dev.sluice.proxy;

import dev.sluice.filter.FilterAction;
import dev.sluice.filter.FilterContext;
import dev.sluice.route.CompiledMatch;
import dev.sluice.wire.Authority;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** An exchange as its filters see it, with the changes they made to the request's target. */
final class ExchangeFilterView implements FilterContext {

    private final Exchange exchange;
    private @Nullable CompiledMatch match;
    private @Nullable String authority;
    private @Nullable String path;
    private @Nullable String query;

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
    public FilterAction reply(int status, @Nullable Buffer body) {
        return exchange.reply(status, body);
    }

    @Override
    public void resume() {
        exchange.loop.execute(exchange::resumeFilters);
    }
}
