package dev.sluice.observe;

import dev.sluice.failure.Failure;
import dev.sluice.failure.ProtocolError;
import dev.sluice.filter.RequestTiming.Point;
import io.vertx.core.http.HttpVersion;
import java.util.EnumSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An exchange to log or count; a good GET unless told otherwise. */
record SampleExchange(
        HttpVersion protocol,
        boolean tls,
        String method,
        String originalAuthority,
        String originalTarget,
        Map<String, String> headers,
        @Nullable String route,
        @Nullable String backend,
        @Nullable String endpoint,
        int status,
        int upstreamStatus,
        @Nullable Failure failure,
        @Nullable String failureDetail,
        @Nullable ProtocolError protocolError,
        long durationNanos,
        long upstreamHeadNanos)
        implements ExchangeRecord {

    /** 2026-11-21T06:07:17.089Z. */
    static final long START_MILLIS = 1_795_241_237_089L;

    static SampleExchange ok(HttpVersion protocol, int status, long durationNanos) {
        return new SampleExchange(
                protocol,
                false,
                "GET",
                "a.test:8080",
                "/p?q=1",
                Map.of(),
                "default/r[0]",
                "default/app",
                "127.0.0.1:9001",
                status,
                status,
                null,
                null,
                null,
                durationNanos,
                durationNanos / 2);
    }

    static SampleExchange failed(Failure failure, @Nullable String backend) {
        return new SampleExchange(
                HttpVersion.HTTP_2,
                true,
                "POST",
                "[::1]:8443",
                "/x",
                Map.of(),
                null,
                backend,
                backend == null ? null : "[::1]:1",
                failure.status(),
                0,
                failure,
                "why",
                new ProtocolError(
                        ProtocolError.Protocol.HTTP_2, 8, ProtocolError.Scope.STREAM, ProtocolError.Phase.BEFORE_HEAD),
                3_000_000,
                -1);
    }

    SampleExchange withTarget(String target) {
        return new SampleExchange(
                protocol,
                tls,
                method,
                originalAuthority,
                target,
                headers,
                route,
                backend,
                endpoint,
                status,
                upstreamStatus,
                failure,
                failureDetail,
                protocolError,
                durationNanos,
                upstreamHeadNanos);
    }

    SampleExchange withHeaders(Map<String, String> newHeaders) {
        return new SampleExchange(
                protocol,
                tls,
                method,
                originalAuthority,
                originalTarget,
                newHeaders,
                route,
                backend,
                endpoint,
                status,
                upstreamStatus,
                failure,
                failureDetail,
                protocolError,
                durationNanos,
                upstreamHeadNanos);
    }

    @Override
    public int callStatus() {
        return failure == null ? -1 : 14;
    }

    @Override
    public boolean isFailedCall() {
        return false;
    }

    @Override
    public int tries() {
        return endpoint == null ? 0 : 1;
    }

    @Override
    public String clientIp() {
        return "192.0.2.1";
    }

    @Override
    public int peerPort() {
        return 40_000;
    }

    @Override
    public @Nullable String requestHeader(String name) {
        return headers.get(name);
    }

    @Override
    public long bytesReceived() {
        return 11;
    }

    @Override
    public long bytesSent() {
        return 22;
    }

    @Override
    public long startMillis() {
        return START_MILLIS;
    }

    @Override
    public String connectionId() {
        return "sluice-80000001-0-7";
    }

    @Override
    public long connectionRequest() {
        return 3;
    }

    @Override
    public @Nullable String tlsVersion() {
        return tls ? "TLSv1.3" : null;
    }

    @Override
    public @Nullable String serverName() {
        return tls ? "a.test" : null;
    }

    @Override
    public @Nullable String alpn() {
        return tls ? "h2" : null;
    }

    /** As if every point came a microsecond after the one before it; an upstream that did not answer left no points. */
    @Override
    public long since(Point from, Point to) {
        boolean reached = upstreamStatus != 0 || to.compareTo(Point.UPSTREAM_ACQUIRED) < 0;
        return reached ? (EnumSet.range(from, to).size() - 1) * 1_000L : -1;
    }
}
