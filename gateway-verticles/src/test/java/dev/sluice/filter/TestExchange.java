package dev.sluice.filter;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.SocketAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An exchange that only remembers what filters do to it. */
final class TestExchange implements FilterContext {

    final MultiMap requestHeaders = MultiMap.caseInsensitiveMultiMap();
    final MultiMap responseHeaders = MultiMap.caseInsensitiveMultiMap();
    String method = "GET";
    String scheme = "http";
    String authority = "gateway.test";
    int listenerPort = 80;
    String path = "/";

    @Nullable
    String query;

    @Nullable
    String matchedPrefix;

    int status = 200;
    int replies;

    static TestExchange at(String path, @Nullable String matchedPrefix) {
        TestExchange exchange = new TestExchange();
        exchange.path = path;
        exchange.matchedPrefix = matchedPrefix;
        return exchange;
    }

    TestExchange header(String name, String value) {
        requestHeaders.add(name, value);
        return this;
    }

    @Override
    public String method() {
        return method;
    }

    @Override
    public String scheme() {
        return scheme;
    }

    @Override
    public String authority() {
        return authority;
    }

    @Override
    public void authority(String changed) {
        authority = changed;
    }

    @Override
    public String host() {
        return authority;
    }

    @Override
    public int listenerPort() {
        return listenerPort;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public @Nullable String query() {
        return query;
    }

    @Override
    public void target(String changedPath, @Nullable String changedQuery) {
        path = changedPath;
        query = changedQuery;
    }

    @Override
    public @Nullable String matchedPrefix() {
        return matchedPrefix;
    }

    @Override
    public MultiMap requestHeaders() {
        return requestHeaders;
    }

    @Override
    public SocketAddress clientAddress() {
        return SocketAddress.inetSocketAddress(1234, "127.0.0.1");
    }

    @Override
    public ConnectionContext connection() {
        throw new UnsupportedOperationException("no filter here asks for it");
    }

    @Override
    public RequestTiming timing() {
        throw new UnsupportedOperationException("no filter here asks for it");
    }

    @Override
    public Map<Object, Object> items() {
        throw new UnsupportedOperationException("no filter here asks for it");
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public void status(int changed) {
        status = changed;
    }

    @Override
    public MultiMap responseHeaders() {
        return responseHeaders;
    }

    @Override
    public FilterAction reply(int replyStatus, @Nullable Buffer body) {
        status = replyStatus;
        replies++;
        return FilterAction.REPLIED;
    }

    @Override
    public ResponseTrailers trailers() {
        throw new UnsupportedOperationException("no filter here has trailers");
    }

    @Override
    public BodyLimit bodyLimit() {
        throw new UnsupportedOperationException("no filter here looks at bodies");
    }

    @Override
    public FilterAction reset(long http2Code) {
        throw new UnsupportedOperationException("no filter here resets");
    }

    @Override
    public FilterAction abort(String reason) {
        throw new UnsupportedOperationException("no filter here aborts");
    }

    @Override
    public void completeAndAbort() {
        throw new UnsupportedOperationException("no filter here aborts");
    }

    @Override
    public void resume() {
        throw new UnsupportedOperationException("no filter here pauses");
    }
}
