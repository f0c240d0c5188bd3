package dev.sluice.proxy;

import dev.sluice.config.ResourceKey;
import dev.sluice.failure.Failure;
import dev.sluice.observe.ExchangeRecord;
import dev.sluice.observe.Metric;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** What is noted about one exchange on its way, for counters, histograms and the access log. */
final class ExchangeJournal implements ExchangeRecord {

    private final Exchange exchange;
    private final long startNanos;
    private final long startMillis;
    private @Nullable String requestId;
    private @Nullable String route;
    private @Nullable ResourceKey backend;
    private @Nullable String endpoint;
    private int upstreamStatus;
    private long upstreamHeadNanos = -1;
    private @Nullable Failure failure;
    private @Nullable String detail;
    private long resetCode = -1;
    private long bytesReceived;
    private long bytesSent;
    private long durationNanos;

    ExchangeJournal(Exchange exchange, long startNanos, long startMillis) {
        this.exchange = exchange;
        this.startNanos = startNanos;
        this.startMillis = startMillis;
    }

    void route(String name) {
        route = name;
    }

    void backend(ResourceKey key) {
        backend = key;
    }

    void endpoint(String label) {
        endpoint = label;
    }

    void upstreamHead(int status) {
        upstreamStatus = status;
        upstreamHeadNanos = exchange.loop.nanoTime() - startNanos;
    }

    void resetCode(long code) {
        resetCode = code;
    }

    void received(int bytes) {
        bytesReceived += bytes;
    }

    void sent(int bytes) {
        bytesSent += bytes;
    }

    void completed(@Nullable Failure why, @Nullable String operatorDetail) {
        failure = why;
        detail = operatorDetail;
        durationNanos = exchange.loop.nanoTime() - startNanos;
        exchange.loop.counters().add(Metric.DOWNSTREAM_BYTES_RECEIVED, bytesReceived);
        exchange.loop.counters().add(Metric.DOWNSTREAM_BYTES_SENT, bytesSent);
    }

    /** The client's {@code x-request-id}, or one made for it: 16 hex digits. */
    String requestId() {
        String id = requestId;
        if (id == null) {
            String given = exchange.request.getHeader("x-request-id");
            id = given != null && !given.isEmpty() && given.length() <= 128
                    ? given
                    : Long.toHexString(exchange.loop.random().nextLong() | Long.MIN_VALUE);
            requestId = id;
        }
        return id;
    }

    /** Whether the request is gRPC, whose response head may come as late as its first message. */
    boolean grpc() {
        String type = exchange.request.getHeader("content-type");
        return type != null && type.startsWith("application/grpc");
    }

    @Override
    public HttpVersion protocol() {
        HttpVersion version = exchange.request.version();
        return version == null ? HttpVersion.HTTP_1_1 : version;
    }

    @Override
    public boolean tls() {
        return exchange.request.isSSL();
    }

    @Override
    public String method() {
        return exchange.incoming.method();
    }

    @Override
    public String originalAuthority() {
        return exchange.incoming.authority();
    }

    @Override
    public String originalTarget() {
        String uri = exchange.request.uri();
        return uri == null ? "" : uri;
    }

    @Override
    public String clientIp() {
        return exchange.client.ip();
    }

    @Override
    public int peerPort() {
        var peer = exchange.request.remoteAddress();
        return peer == null ? 0 : peer.port();
    }

    @Override
    public @Nullable String requestHeader(String name) {
        return name.equals("x-request-id") ? requestId() : exchange.request.getHeader(name);
    }

    @Override
    public @Nullable String route() {
        return route;
    }

    @Override
    public @Nullable String backend() {
        return backend == null ? null : backend.toString();
    }

    @Override
    public @Nullable String endpoint() {
        return endpoint;
    }

    @Override
    public int status() {
        return failure == Failure.CLIENT_CLOSED || failure == Failure.CLIENT_TOO_SLOW
                ? failure.status()
                : exchange.response.getStatusCode();
    }

    @Override
    public int upstreamStatus() {
        return upstreamStatus;
    }

    @Override
    public @Nullable Failure failure() {
        return failure;
    }

    @Override
    public @Nullable String failureDetail() {
        return detail;
    }

    @Override
    public long resetCode() {
        return resetCode;
    }

    @Override
    public long bytesReceived() {
        return bytesReceived;
    }

    @Override
    public long bytesSent() {
        return bytesSent;
    }

    @Override
    public long startMillis() {
        return startMillis;
    }

    @Override
    public long durationNanos() {
        return durationNanos;
    }

    @Override
    public long upstreamHeadNanos() {
        return upstreamHeadNanos;
    }
}
