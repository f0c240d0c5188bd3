package dev.sluice.grpc.transcode;

import dev.sluice.failure.Failure;
import dev.sluice.filter.BodyLimit;
import dev.sluice.filter.ConnectionContext;
import dev.sluice.filter.FilterAction;
import dev.sluice.filter.RequestTiming;
import dev.sluice.filter.ResponseTrailers;
import dev.sluice.spi.CallExchange;
import dev.sluice.spi.ReplyFormat;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An exchange that remembers what its call did to it. */
final class TestExchange implements CallExchange {

    private final String method;
    private String path;
    private @Nullable String query;
    private final MultiMap requestHeaders = MultiMap.caseInsensitiveMultiMap();
    private final MultiMap responseHeaders = MultiMap.caseInsensitiveMultiMap();
    private int status;

    @Nullable
    String forwardMethod;

    @Nullable
    ReplyFormat format;

    @Nullable
    Failure failure;

    @Nullable
    String detail;

    TestExchange(String method, String target) {
        this.method = method;
        int question = target.indexOf('?');
        this.path = question < 0 ? target : target.substring(0, question);
        this.query = question < 0 ? null : target.substring(question + 1);
    }

    @Override
    public String method() {
        return method;
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
    public void target(String newPath, @Nullable String newQuery) {
        path = newPath;
        query = newQuery;
    }

    @Override
    public void forwardMethod(String newMethod) {
        forwardMethod = newMethod;
    }

    @Override
    public MultiMap requestHeaders() {
        return requestHeaders;
    }

    @Override
    public MultiMap responseHeaders() {
        return responseHeaders;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public void status(int newStatus) {
        status = newStatus;
    }

    @Override
    public FilterAction reply(int newStatus, @Nullable Buffer body) {
        throw unused();
    }

    @Override
    public void replyFormat(ReplyFormat newFormat) {
        format = newFormat;
    }

    @Override
    public void fail(Failure newFailure, String newDetail) {
        failure = newFailure;
        detail = newDetail;
    }

    // --- what a translation has no use for ---

    private static UnsupportedOperationException unused() {
        return new UnsupportedOperationException("no part of a translation");
    }

    @Override
    public HttpVersion protocol() {
        throw unused();
    }

    @Override
    public String rule() {
        throw unused();
    }

    @Override
    public long ageNanos() {
        throw unused();
    }

    @Override
    public void deadline(long nanos) {
        throw unused();
    }

    @Override
    public long remainingNanos() {
        throw unused();
    }

    @Override
    public String scheme() {
        throw unused();
    }

    @Override
    public String authority() {
        throw unused();
    }

    @Override
    public void authority(String authority) {
        throw unused();
    }

    @Override
    public String host() {
        throw unused();
    }

    @Override
    public int listenerPort() {
        throw unused();
    }

    @Override
    public @Nullable String matchedPrefix() {
        throw unused();
    }

    @Override
    public SocketAddress clientAddress() {
        throw unused();
    }

    @Override
    public ConnectionContext connection() {
        throw unused();
    }

    @Override
    public RequestTiming timing() {
        throw unused();
    }

    @Override
    public Map<Object, Object> items() {
        throw unused();
    }

    @Override
    public ResponseTrailers trailers() {
        throw unused();
    }

    @Override
    public BodyLimit bodyLimit() {
        throw unused();
    }

    @Override
    public FilterAction reset(long http2Code) {
        throw unused();
    }

    @Override
    public FilterAction abort(String reason) {
        throw unused();
    }

    @Override
    public void completeAndAbort() {
        throw unused();
    }

    @Override
    public void resume() {
        throw unused();
    }
}
