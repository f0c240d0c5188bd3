package dev.sluice.testkit;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.ClientTerms.Body;
import dev.sluice.config.ClientTerms.Connections;
import dev.sluice.config.ClientTerms.Head;
import dev.sluice.config.ClientTerms.OverloadReply;
import dev.sluice.config.ClientTerms.PathRules;
import dev.sluice.config.ClientTerms.Underscores;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/** Single changes of terms, for {@link TestConfig#terms}. */
public final class Terms {

    private Terms() {}

    public static UnaryOperator<ClientTerms> maxConnections(long value) {
        return connections(c -> new Connections(
                value,
                c.maxPerClient(),
                c.maxRequests(),
                c.maxAge(),
                c.idleTimeout(),
                c.tlsHandshakeTimeout(),
                c.concurrentStreams()));
    }

    public static UnaryOperator<ClientTerms> maxPerClient(long value) {
        return connections(c -> new Connections(
                c.max(),
                value,
                c.maxRequests(),
                c.maxAge(),
                c.idleTimeout(),
                c.tlsHandshakeTimeout(),
                c.concurrentStreams()));
    }

    public static UnaryOperator<ClientTerms> maxRequests(long value) {
        return connections(c -> new Connections(
                c.max(),
                c.maxPerClient(),
                value,
                c.maxAge(),
                c.idleTimeout(),
                c.tlsHandshakeTimeout(),
                c.concurrentStreams()));
    }

    public static UnaryOperator<ClientTerms> maxAge(Duration value) {
        return connections(c -> new Connections(
                c.max(),
                c.maxPerClient(),
                c.maxRequests(),
                value,
                c.idleTimeout(),
                c.tlsHandshakeTimeout(),
                c.concurrentStreams()));
    }

    public static UnaryOperator<ClientTerms> idleTimeout(Duration value) {
        return connections(c -> new Connections(
                c.max(),
                c.maxPerClient(),
                c.maxRequests(),
                c.maxAge(),
                value,
                c.tlsHandshakeTimeout(),
                c.concurrentStreams()));
    }

    public static UnaryOperator<ClientTerms> tlsHandshake(Duration value) {
        return connections(c -> new Connections(
                c.max(), c.maxPerClient(), c.maxRequests(), c.maxAge(), c.idleTimeout(), value, c.concurrentStreams()));
    }

    public static UnaryOperator<ClientTerms> concurrentStreams(int value) {
        return connections(c -> new Connections(
                c.max(),
                c.maxPerClient(),
                c.maxRequests(),
                c.maxAge(),
                c.idleTimeout(),
                c.tlsHandshakeTimeout(),
                value));
    }

    public static UnaryOperator<ClientTerms> headTimeout(Duration value) {
        return head(h ->
                new Head(h.requestLineBytes(), h.headerBytes(), h.headerCount(), value, h.underscores(), h.path()));
    }

    public static UnaryOperator<ClientTerms> underscores(Underscores value) {
        return head(
                h -> new Head(h.requestLineBytes(), h.headerBytes(), h.headerCount(), h.timeout(), value, h.path()));
    }

    public static UnaryOperator<ClientTerms> path(PathRules value) {
        return head(h ->
                new Head(h.requestLineBytes(), h.headerBytes(), h.headerCount(), h.timeout(), h.underscores(), value));
    }

    private static UnaryOperator<ClientTerms> head(UnaryOperator<Head> change) {
        return t -> of(t, change.apply(t.head()), t.connections(), t.proxyProtocol(), t.overload());
    }

    public static UnaryOperator<ClientTerms> proxyProtocol(String... trustedSources) {
        return t -> of(t, t.head(), t.connections(), List.of(trustedSources), t.overload());
    }

    public static UnaryOperator<ClientTerms> overload(OverloadReply reply) {
        return t -> of(t, t.head(), t.connections(), t.proxyProtocol(), reply);
    }

    public static UnaryOperator<ClientTerms> withoutWebSocket() {
        return t -> new ClientTerms(
                t.trustedProxies(),
                t.http3(),
                t.head(),
                t.body(),
                t.connections(),
                new ClientTerms.Upgrades(
                        false,
                        t.upgrades().unknown(),
                        t.upgrades().max(),
                        t.upgrades().idleTimeout()),
                t.proxyProtocol(),
                t.overload(),
                t.serverTiming(),
                t.grpc());
    }

    /** Of the bodies: changes the default's. */
    public static UnaryOperator<ClientTerms> body(UnaryOperator<Body> change) {
        return t -> new ClientTerms(
                t.trustedProxies(),
                t.http3(),
                t.head(),
                change.apply(t.body()),
                t.connections(),
                t.upgrades(),
                t.proxyProtocol(),
                t.overload(),
                t.serverTiming(),
                t.grpc());
    }

    private static UnaryOperator<ClientTerms> connections(UnaryOperator<Connections> change) {
        return t -> of(t, t.head(), change.apply(t.connections()), t.proxyProtocol(), t.overload());
    }

    private static ClientTerms of(
            ClientTerms t, Head head, Connections connections, List<String> proxyProtocol, OverloadReply overload) {
        return new ClientTerms(
                t.trustedProxies(),
                t.http3(),
                head,
                t.body(),
                connections,
                t.upgrades(),
                proxyProtocol,
                overload,
                t.serverTiming(),
                t.grpc());
    }
}
