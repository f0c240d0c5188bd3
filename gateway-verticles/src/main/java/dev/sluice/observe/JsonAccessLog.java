package dev.sluice.observe;

import static dev.sluice.observe.JsonLine.name;

import dev.sluice.config.Defaults;
import dev.sluice.failure.Failure;
import dev.sluice.failure.ProtocolError;
import dev.sluice.filter.RequestTiming.Point;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * One JSON object a line and exchange, named after the Elastic Common Schema (9.x) where it has a name. Of the request's
 * headers only {@code User-Agent}, {@code X-Request-Id} and the trace id of {@code traceparent} are logged.
 */
public final class JsonAccessLog implements AccessLog {

    private static final byte[] TIMESTAMP = name("@timestamp");
    private static final byte[] DURATION = name("event.duration");
    private static final byte[] METHOD = name("http.request.method");
    private static final byte[] REQUEST_BYTES = name("http.request.body.bytes");
    private static final byte[] REQUEST_ID = name("http.request.id");
    private static final byte[] STATUS = name("http.response.status_code");
    private static final byte[] RESPONSE_BYTES = name("http.response.body.bytes");
    private static final byte[] VERSION = name("http.version");
    private static final byte[] SCHEME = name("url.scheme");
    private static final byte[] DOMAIN = name("url.domain");
    private static final byte[] TARGET = name("url.original");
    private static final byte[] SOURCE_IP = name("source.ip");
    private static final byte[] SOURCE_PORT = name("source.port");
    private static final byte[] USER_AGENT = name("user_agent.original");
    private static final byte[] TRACE_ID = name("trace.id");
    private static final byte[] DESTINATION = name("destination.address");
    private static final byte[] ROUTE = name("sluice.route");
    private static final byte[] BACKEND = name("sluice.backend");
    private static final byte[] ATTEMPTS = name("sluice.attempts");
    private static final byte[] UPSTREAM_STATUS = name("sluice.upstream.status");
    private static final byte[] GRPC_STATUS = name("sluice.grpc_status");
    private static final byte[] UPSTREAM_DURATION = name("sluice.upstream.duration");
    private static final byte[] ROUTE_DURATION = name("sluice.route.duration");
    private static final byte[] FILTERS_DURATION = name("sluice.filters.duration");
    private static final byte[] CONNECT_DURATION = name("sluice.upstream.connect.duration");
    private static final byte[] FIRST_BYTE_DURATION = name("sluice.upstream.first_byte.duration");
    private static final byte[] LAST_BYTE_DURATION = name("sluice.upstream.last_byte.duration");
    private static final byte[] CONNECTION = name("sluice.connection.id");
    private static final byte[] CONNECTION_REQUEST = name("sluice.connection.request");
    private static final byte[] TLS_VERSION = name("tls.version");
    private static final byte[] TLS_SERVER_NAME = name("tls.client.server_name");
    private static final byte[] TLS_ALPN = name("tls.next_protocol");
    private static final byte[] FLAG = name("sluice.flag");
    private static final byte[] ERROR = name("sluice.error");
    private static final byte[] DETAIL = name("sluice.detail");
    private static final byte[] RESET = name("sluice.reset_code");
    private static final byte[] RESET_NAME = name("sluice.reset_name");

    /** {@code traceparent}: {@code 00-<32 hex digits>-<16>-<2>} (W3C Trace Context, section 3.2). */
    private static final int TRACE_ID_FROM = 3;

    /** How Java begins a TLS version's name; the Elastic Common Schema has the number alone. */
    private static final String TLS_PREFIX = "TLSv";

    private static final int TRACE_ID_TO = 35;
    private static final int TRACEPARENT_LENGTH = 55;

    private final LogSink sink;
    private final LoopCounters counters;
    private final Vertx vertx;
    private final long timer;
    private final JsonLine line = new JsonLine(Defaults.ACCESS_LOG_BATCH_BYTES * 2);
    private final byte[] millis = {'.', '0', '0', '0', 'Z'};
    private int lines;
    private long second = Long.MIN_VALUE;
    private byte[] secondText = new byte[0];

    /** Creates the log of the calling loop. */
    public JsonAccessLog(Vertx vertx, LogSink sink, LoopCounters counters) {
        this.sink = sink;
        this.counters = counters;
        this.vertx = vertx;
        timer = vertx.setPeriodic(Defaults.ACCESS_LOG_FLUSH.toMillis(), tick -> flush());
    }

    @Override
    public void log(ExchangeRecord exchange) {
        line.begin();
        timestamp(exchange.startMillis());
        line.number(DURATION, exchange.durationNanos());
        request(exchange);
        line.number(STATUS, exchange.status());
        line.number(RESPONSE_BYTES, exchange.bytesSent());
        if (exchange.callStatus() >= 0) {
            line.number(GRPC_STATUS, exchange.callStatus());
        }
        upstream(exchange);
        durations(exchange);
        connection(exchange);
        failure(exchange);
        line.end();
        lines++;
        if (line.length() >= Defaults.ACCESS_LOG_BATCH_BYTES) {
            flush();
        }
    }

    @Override
    public void close() {
        vertx.cancelTimer(timer);
        flush();
    }

    private void request(ExchangeRecord exchange) {
        line.text(METHOD, exchange.method());
        line.text(SCHEME, exchange.tls() ? "https" : "http");
        textUnlessEmpty(DOMAIN, domain(exchange.originalAuthority()));
        line.text(TARGET, exchange.originalTarget());
        line.text(VERSION, version(exchange.protocol()));
        line.number(REQUEST_BYTES, exchange.bytesReceived());
        line.text(SOURCE_IP, exchange.clientIp());
        line.number(SOURCE_PORT, exchange.peerPort());
        textUnlessEmpty(USER_AGENT, exchange.requestHeader("user-agent"));
        textUnlessEmpty(REQUEST_ID, exchange.requestHeader("x-request-id"));
        String traceparent = exchange.requestHeader("traceparent");
        if (traceparent != null && traceparent.length() >= TRACEPARENT_LENGTH) {
            line.text(TRACE_ID, traceparent.substring(TRACE_ID_FROM, TRACE_ID_TO));
        }
    }

    private void upstream(ExchangeRecord exchange) {
        textUnlessEmpty(ROUTE, exchange.route());
        textUnlessEmpty(BACKEND, exchange.backend());
        textUnlessEmpty(DESTINATION, exchange.endpoint());
        if (exchange.tries() > 1) {
            line.number(ATTEMPTS, exchange.tries());
        }
        if (exchange.upstreamStatus() != 0) {
            line.number(UPSTREAM_STATUS, exchange.upstreamStatus());
        }
        if (exchange.upstreamHeadNanos() >= 0) {
            line.number(UPSTREAM_DURATION, exchange.upstreamHeadNanos());
        }
    }

    private void durations(ExchangeRecord exchange) {
        duration(ROUTE_DURATION, exchange.since(Point.REQUEST_HEAD, Point.ROUTED));
        duration(FILTERS_DURATION, exchange.since(Point.ROUTED, Point.FILTERED));
        duration(CONNECT_DURATION, exchange.since(Point.FILTERED, Point.UPSTREAM_ACQUIRED));
        duration(FIRST_BYTE_DURATION, exchange.since(Point.UPSTREAM_REQUEST_HEAD, Point.UPSTREAM_RESPONSE_HEAD));
        duration(LAST_BYTE_DURATION, exchange.since(Point.UPSTREAM_REQUEST_HEAD, Point.UPSTREAM_RESPONSE_END));
    }

    private void duration(byte[] name, long nanos) {
        if (nanos >= 0) {
            line.number(name, nanos);
        }
    }

    private void connection(ExchangeRecord exchange) {
        line.text(CONNECTION, exchange.connectionId());
        line.number(CONNECTION_REQUEST, exchange.connectionRequest());
        String version = exchange.tlsVersion();
        if (version != null) {
            line.text(TLS_VERSION, version.startsWith(TLS_PREFIX) ? version.substring(TLS_PREFIX.length()) : version);
        }
        textUnlessEmpty(TLS_SERVER_NAME, exchange.serverName());
        textUnlessEmpty(TLS_ALPN, exchange.alpn());
    }

    private void failure(ExchangeRecord exchange) {
        Failure failure = exchange.failure();
        if (failure != null) {
            line.text(FLAG, failure.flag());
            line.text(ERROR, failure.error());
        }
        textUnlessEmpty(DETAIL, exchange.failureDetail());
        ProtocolError reset = exchange.protocolError();
        if (reset != null) {
            line.number(RESET, reset.code());
            line.text(RESET_NAME, reset.name());
        }
    }

    private void textUnlessEmpty(byte[] name, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            line.text(name, value);
        }
    }

    /** Formats the second once and the milliseconds by hand. */
    private void timestamp(long epochMillis) {
        long wanted = Math.floorDiv(epochMillis, 1000L);
        if (wanted != second) {
            second = wanted;
            String text = Instant.ofEpochSecond(wanted)
                    .truncatedTo(ChronoUnit.SECONDS)
                    .toString();
            secondText = text.substring(0, text.length() - 1).getBytes(StandardCharsets.US_ASCII);
        }
        int fraction = Math.floorMod(epochMillis, 1000);
        millis[1] = (byte) ('0' + fraction / 100);
        millis[2] = (byte) ('0' + fraction / 10 % 10);
        millis[3] = (byte) ('0' + fraction % 10);
        line.ascii(TIMESTAMP, secondText, millis);
    }

    /** The authority without its port. */
    private static String domain(String authority) {
        int colon = authority.lastIndexOf(':');
        boolean port = colon >= 0 && authority.indexOf(']', colon) < 0;
        return port ? authority.substring(0, colon) : authority;
    }

    private static String version(HttpVersion version) {
        return switch (version) {
            case HTTP_1_0 -> "1.0";
            case HTTP_1_1 -> "1.1";
            case HTTP_2 -> "2";
            case HTTP_3 -> "3";
        };
    }

    private void flush() {
        long lost = sink.takeLostLines();
        if (lines > 0 && !sink.offer(line.take(), lines)) {
            lost += lines;
        }
        lines = 0;
        if (lost > 0) {
            counters.add(Metric.ACCESS_LOG_DROPPED, lost);
        }
    }
}
