package dev.sluice.config;

import dev.sluice.config.ClientPolicy.Http3;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a listener grants its clients and asks of them: a {@link ClientPolicy} with every default filled in. A duration of
 * zero, and a number of {@link #UNLIMITED}, switch their limit off.
 *
 * @param trustedProxies CIDRs whose {@code Forwarded} and {@code X-Forwarded-*} headers are believed and extended; from
 *     any other peer these headers are discarded
 * @param http3 whether HTTPS listeners also serve HTTP/3
 * @param head of a request's head
 * @param body of the bodies in both directions
 * @param connections of connections
 * @param upgrades of requests that ask for another protocol
 * @param proxyProtocol CIDRs whose connections begin with a PROXY protocol header; from any other peer one is refused
 * @param overload how a connection or request beyond a limit is turned away
 * @param serverTiming whether responses say in {@code Server-Timing} where their time went
 * @param grpc the gRPC services that the gateway itself offers
 */
public record ClientTerms(
        List<String> trustedProxies,
        Http3 http3,
        Head head,
        Body body,
        Connections connections,
        Upgrades upgrades,
        List<String> proxyProtocol,
        OverloadReply overload,
        boolean serverTiming,
        Grpc grpc) {

    /** No limit, of a number. */
    public static final long UNLIMITED = -1;

    /** Of a listener without a policy. */
    public static final ClientTerms DEFAULT = new ClientTerms(
            List.of(),
            Defaults.HTTP3,
            new Head(
                    Defaults.MAX_REQUEST_LINE_BYTES,
                    Defaults.MAX_HEADER_BYTES,
                    Defaults.MAX_HEADER_COUNT,
                    Defaults.HEADER_TIMEOUT,
                    Underscores.ALLOW,
                    PathRules.DEFAULT),
            new Body(
                    Defaults.MAX_REQUEST_BODY_BYTES,
                    Defaults.BODY_IDLE,
                    Defaults.MIN_REQUEST_RATE,
                    Defaults.MIN_RESPONSE_RATE,
                    Defaults.DATA_RATE_GRACE,
                    Defaults.REQUEST_DRAIN,
                    Defaults.REQUEST_DRAIN_BYTES),
            new Connections(
                    UNLIMITED,
                    UNLIMITED,
                    UNLIMITED,
                    Duration.ZERO,
                    Defaults.DOWNSTREAM_IDLE,
                    Defaults.TLS_HANDSHAKE,
                    Defaults.MAX_CONCURRENT_STREAMS),
            new Upgrades(true, UnknownUpgrade.IGNORE, UNLIMITED, Defaults.UPGRADED_IDLE),
            List.of(),
            OverloadReply.LIMITED,
            false,
            Grpc.DEFAULT);

    public ClientTerms {
        trustedProxies = List.copyOf(trustedProxies);
        proxyProtocol = List.copyOf(proxyProtocol);
    }

    /** The same, with another answer on HTTP/3. */
    public ClientTerms withHttp3(Http3 other) {
        return new ClientTerms(
                trustedProxies, other, head, body, connections, upgrades, proxyProtocol, overload, serverTiming, grpc);
    }

    /** The same, with other trusted proxies. */
    public ClientTerms withTrustedProxies(List<String> other) {
        return new ClientTerms(
                other, http3, head, body, connections, upgrades, proxyProtocol, overload, serverTiming, grpc);
    }

    /**
     * Of a request's head. Beyond a limit: 414 for the line, 431 for the fields, 408 for the time.
     *
     * @param requestLineBytes of HTTP/1's request line, and of the target on HTTP/2 and 3
     * @param headerBytes names and values of all field lines together
     * @param headerCount field lines
     * @param timeout from the connection's accept, and later from a request's first byte, to the head's end
     * @param underscores what happens to field names with an underscore
     * @param path what happens to unusual paths
     */
    public record Head(
            int requestLineBytes,
            int headerBytes,
            int headerCount,
            Duration timeout,
            Underscores underscores,
            PathRules path) {}

    /** What happens to field names with an underscore, which some upstreams take for a hyphen. */
    public enum Underscores {
        ALLOW,
        /** The field is left out. */
        DROP,
        /** The request is answered 400. */
        REJECT
    }

    /**
     * What happens to paths that upstreams read in different ways. What is matched is what is forwarded.
     *
     * @param dotSegments {@code .} and {@code ..} segments, also encoded
     * @param escapedSlashes {@code %2F} and {@code %5C}
     * @param mergeSlashes whether {@code //} becomes {@code /}
     */
    public record PathRules(DotSegments dotSegments, EscapedSlashes escapedSlashes, boolean mergeSlashes) {

        /** Dot segments are resolved, as RFC 3986 section 5.2.4 has it; the rest is left alone. */
        public static final PathRules DEFAULT = new PathRules(DotSegments.RESOLVE, EscapedSlashes.KEEP, false);

        /** What happens to dot segments. */
        public enum DotSegments {
            KEEP,
            RESOLVE,
            /** The request is answered 400. */
            REJECT
        }

        /** What happens to escaped slashes. */
        public enum EscapedSlashes {
            KEEP,
            DECODE,
            /** The request is answered 400. */
            REJECT
        }
    }

    /**
     * Of the bodies in both directions.
     *
     * @param maxBytes of a request's body, before 413; {@link #UNLIMITED}
     * @param idleTimeout between two pieces of a request's body, before 408
     * @param minRequestRate bytes a second that a request's body must come with, on average, before 408; 0 for any
     * @param minResponseRate bytes a second that a client must take its response with, before an abort; 0 for any
     * @param rateGrace how long a rate may be missed at first
     * @param drainTimeout how long an unread request body is thrown away after the answer, before the connection closes
     * @param drainBytes how much of it; {@link #UNLIMITED}
     */
    public record Body(
            long maxBytes,
            Duration idleTimeout,
            int minRequestRate,
            int minResponseRate,
            Duration rateGrace,
            Duration drainTimeout,
            long drainBytes) {}

    /**
     * Of connections.
     *
     * @param max open at the listener's socket, over all loops; {@link #UNLIMITED}
     * @param maxPerClient open from one client address; {@link #UNLIMITED}
     * @param maxRequests on one connection, before it closes in good order; {@link #UNLIMITED}
     * @param maxAge before it closes in good order, give or take a tenth; zero for any
     * @param idleTimeout without a request
     * @param tlsHandshakeTimeout from accept to the end of the handshake
     * @param concurrentStreams requests at once on HTTP/2 and HTTP/3
     */
    public record Connections(
            long max,
            long maxPerClient,
            long maxRequests,
            Duration maxAge,
            Duration idleTimeout,
            Duration tlsHandshakeTimeout,
            int concurrentStreams) {}

    /**
     * Of requests that ask for another protocol.
     *
     * @param webSocket whether WebSocket is let through
     * @param unknown what happens to any other {@code Upgrade}
     * @param max upgraded connections and streams open at the listener's socket, which no other limit counts;
     *     {@link #UNLIMITED}
     * @param idleTimeout without a byte in either direction
     */
    public record Upgrades(boolean webSocket, UnknownUpgrade unknown, long max, Duration idleTimeout) {}

    /** What happens to an {@code Upgrade} that Sluice does not know (RFC 9110 section 7.8). */
    public enum UnknownUpgrade {
        /** The request is served as if it had not asked. */
        IGNORE,
        /** It is answered 426. */
        UPGRADE_REQUIRED
    }

    /**
     * The gRPC services that the gateway itself offers. A route that names such a service goes before it.
     *
     * @param health {@code grpc.health.v1.Health}; null means on listeners to which a GRPCRoute is attached
     * @param reflection {@code grpc.reflection.v1} and {@code v1alpha}; null means the same
     */
    public record Grpc(@Nullable Boolean health, @Nullable Boolean reflection) {

        /** Both, where a GRPCRoute is attached. */
        public static final Grpc DEFAULT = new Grpc(null, null);
    }

    /** How a connection or request beyond a limit is turned away (HTTP.sys's Http503Verbosity). */
    public enum OverloadReply {
        /** The connection is reset. */
        RESET,
        /** 503 without a body. */
        LIMITED,
        /** 503 with the reason. */
        FULL
    }
}
