package dev.sluice.proxy;

import dev.sluice.failure.Failure;
import dev.sluice.failure.ProtocolError;
import dev.sluice.filter.GrpcContent;
import dev.sluice.filter.RequestTiming;
import dev.sluice.observe.ExchangeInFlight;
import dev.sluice.observe.ExchangeInFlight.Phase;
import dev.sluice.observe.ExchangeQuery;
import dev.sluice.observe.ExchangeRecord;
import dev.sluice.observe.Metric;
import dev.sluice.spi.Call;
import io.vertx.core.http.HttpVersion;
import java.util.OptionalLong;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** What is noted about one exchange on its way, for counters, histograms and the access log. */
@SuppressWarnings("EnumOrdinal") // the ordinal is the cell, nothing is stored by it
final class ExchangeJournal implements ExchangeRecord, RequestTiming {

    private static final int POINTS = Point.values().length;

    private final Exchange exchange;
    private final long startMillis;
    private final boolean grpc;
    /** Readings of the clock by point; 0 where it is not reached. */
    private final long[] readings = new long[POINTS];

    private long number;
    private @Nullable String requestId;
    private @Nullable String route;
    private @Nullable String backend;
    private @Nullable String endpoint;
    private int tries;
    private int upstreamStatus;
    private @Nullable Failure failure;
    private @Nullable String detail;
    private @Nullable ProtocolError protocolError;
    private long bytesReceived;
    private long bytesSent;

    ExchangeJournal(Exchange exchange, long startNanos, long startMillis) {
        this.exchange = exchange;
        this.startMillis = startMillis;
        this.grpc = GrpcContent.isCall(exchange.request.getHeader("content-type"));
        reached(Point.REQUEST_HEAD, startNanos);
    }

    /** Its place among the connection's requests, from 1. */
    void number(long count) {
        number = count;
    }

    void reached(Point point) {
        reached(point, exchange.loop.nanoTime());
    }

    /** With a reading that was taken anyway. */
    void reached(Point point, long nowNanos) {
        readings[point.ordinal()] = nowNanos;
    }

    /** The response's head is on its way, if it was not before. */
    void committed(long nowNanos) {
        if (readings[Point.RESPONSE_COMMITTED.ordinal()] == 0) {
            reached(Point.RESPONSE_COMMITTED, nowNanos);
        }
    }

    void route(String name) {
        route = name;
    }

    void backend(String name) {
        backend = name;
    }

    /** It is tried there. */
    void trying(String label) {
        endpoint = label;
        tries++;
    }

    /** That one's answer is the client's. */
    void endpoint(String label) {
        endpoint = label;
    }

    void upstreamHead(int status, long nowNanos) {
        upstreamStatus = status;
        reached(Point.UPSTREAM_RESPONSE_HEAD, nowNanos);
    }

    void protocolError(@Nullable ProtocolError error) {
        protocolError = error;
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
        long now = exchange.loop.nanoTime();
        reached(Point.ENDED, now);
        if (exchange.response.headWritten()) {
            committed(now);
        }
        if (why == null && upstreamStatus != 0) {
            reached(Point.UPSTREAM_RESPONSE_END, now); // an exchange goes well in the turn in which its upstream ends
        }
        exchange.loop.counters().add(Metric.DOWNSTREAM_BYTES_RECEIVED, bytesReceived);
        exchange.loop.counters().add(Metric.DOWNSTREAM_BYTES_SENT, bytesSent);
    }

    /** The client's {@code x-request-id}, or one made for it: 16 hex digits. */
    String requestId() {
        String id = requestId;
        if (id == null) {
            String given = exchange.request.getHeader("x-request-id");
            id = given != null && given.length() <= 128 && IncomingRequest.visibleAscii(given)
                    ? given
                    : Long.toHexString(exchange.loop.random().nextLong() | Long.MIN_VALUE);
            requestId = id;
        }
        return id;
    }

    /** Whether the request is gRPC or gRPC-Web, whose response head may come as late as its first message. */
    boolean grpc() {
        return grpc;
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
        return backend;
    }

    @Override
    public @Nullable String endpoint() {
        return endpoint;
    }

    @Override
    public int tries() {
        return tries;
    }

    @Override
    public int status() {
        boolean unanswered = failure == Failure.CLIENT_CLOSED
                || failure == Failure.CLIENT_TOO_SLOW
                || failure == Failure.CONNECTION_ABORTED;
        return unanswered ? Failure.CLIENT_CLOSED.status() : exchange.response.getStatusCode();
    }

    @Override
    public int upstreamStatus() {
        return upstreamStatus;
    }

    @Override
    public int callStatus() {
        Call call = exchange.call();
        return call == null ? -1 : call.status();
    }

    @Override
    public boolean isFailedCall() {
        Call call = exchange.call();
        return call != null && (failure == null ? call.isServerFault() : failure.status() / 100 == 5);
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
    public @Nullable ProtocolError protocolError() {
        return protocolError;
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
        return since(Point.REQUEST_HEAD, Point.ENDED);
    }

    @Override
    public long upstreamHeadNanos() {
        return since(Point.REQUEST_HEAD, Point.UPSTREAM_RESPONSE_HEAD);
    }

    @Override
    public String connectionId() {
        return exchange.connection.id();
    }

    @Override
    public long connectionRequest() {
        return number;
    }

    @Override
    public @Nullable String tlsVersion() {
        SSLSession session = exchange.connection.feature(SSLSession.class);
        return session == null ? null : session.getProtocol();
    }

    @Override
    public @Nullable String serverName() {
        return exchange.connection.serverName();
    }

    @Override
    public @Nullable String alpn() {
        return exchange.connection.alpn();
    }

    /** What names it in the whole cluster. */
    String id() {
        return ExchangeInFlight.id(connectionId(), number);
    }

    boolean isAskedFor(ExchangeQuery query) {
        String wanted = query.id();
        return query.takesRoute(route)
                && ageNanos() >= query.olderThan().toNanos()
                && (wanted == null || wanted.equals(id()) || wanted.equals(requestId()));
    }

    /** What the admin API shows of it while it is not over. */
    ExchangeInFlight inFlight() {
        return new ExchangeInFlight(
                requestId(),
                connectionId(),
                number,
                protocol(),
                method(),
                originalTarget(),
                clientIp(),
                route,
                backend,
                endpoint,
                tries,
                phase(),
                exchange.response.headWritten() ? exchange.response.getStatusCode() : 0,
                startMillis,
                ageNanos(),
                bytesReceived,
                bytesSent);
    }

    private Phase phase() {
        if (exchange.tunnelled()) {
            return Phase.TUNNEL;
        }
        if (exchange.response.headWritten() || reading(Point.UPSTREAM_RESPONSE_HEAD) != 0) {
            return Phase.RESPONDING;
        }
        if (reading(Point.UPSTREAM_REQUEST_HEAD) != 0) {
            return reading(Point.REQUEST_END) == 0 ? Phase.REQUESTING : Phase.WAITING;
        }
        return reading(Point.FILTERED) == 0 ? Phase.FILTERING : Phase.CONNECTING;
    }

    /** Since the request's head. */
    long ageNanos() {
        return exchange.loop.nanoTime() - readings[Point.REQUEST_HEAD.ordinal()];
    }

    @Override
    public long since(Point from, Point to) {
        long begin = reading(from);
        long end = reading(to);
        return begin == 0 || end == 0 ? -1 : end - begin;
    }

    @Override
    public OptionalLong at(Point point) {
        long reading = reading(point);
        return reading == 0 ? OptionalLong.empty() : OptionalLong.of(reading);
    }

    private long reading(Point point) {
        return switch (point) {
            case CONNECTION_OPENED -> exchange.connection.openedNanos();
            case UPSTREAM_REQUEST_END -> upstreamRequestEnd();
            default -> readings[point.ordinal()];
        };
    }

    /** The end is passed on as it comes, or right behind the head if it came before that. */
    private long upstreamRequestEnd() {
        long head = readings[Point.UPSTREAM_REQUEST_HEAD.ordinal()];
        long end = readings[Point.REQUEST_END.ordinal()];
        return head == 0 || end == 0 ? 0 : end - head > 0 ? end : head;
    }
}
