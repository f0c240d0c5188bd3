package dev.sluice.proxy;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.RetryTerms;
import dev.sluice.testkit.Call;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.UpstreamExchange;
import dev.sluice.testkit.UpstreamServer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * Two endpoints of one backend, {@code app}, which balancers may take in any order: together they serve the first
 * request, wherever it comes, with the first script, and so on; and answer {@code good} to what comes behind the last.
 */
final class TwoUpstreams implements AutoCloseable {

    private static final int H3_INTERNAL_ERROR = 0x102;

    private final TestCertificates.Leaf leaf;
    private final Protocol protocol;
    private final AtomicInteger arrived = new AtomicInteger();
    private final List<Consumer<UpstreamExchange>> scripts;
    private final UpstreamServer first;
    private final UpstreamServer second;

    TwoUpstreams(TestCertificates.Leaf leaf, Protocol protocol) {
        this(leaf, protocol, List.of());
    }

    TwoUpstreams(TestCertificates.Leaf leaf, Protocol protocol, Consumer<UpstreamExchange> first) {
        this(leaf, protocol, List.of(first));
    }

    TwoUpstreams(TestCertificates.Leaf leaf, Protocol protocol, List<Consumer<UpstreamExchange>> scripts) {
        this.leaf = leaf;
        this.protocol = protocol;
        this.scripts = List.copyOf(scripts);
        first = server();
        second = server();
    }

    /** Every protocol of theirs, where the client's has no part in it. */
    static Stream<Arguments> alone() {
        return protocols().map(protocol -> Arguments.of(Call.Protocol.H2, protocol));
    }

    /** Every protocol of a client to every one of theirs. */
    static Stream<Arguments> pairs() {
        return Stream.of(Call.Protocol.values())
                .flatMap(client -> protocols().map(protocol -> Arguments.of(client, protocol)));
    }

    private static Stream<Protocol> protocols() {
        return Stream.of(Protocol.HTTP, Protocol.H2C, Protocol.H3);
    }

    private UpstreamServer server() {
        return switch (protocol) {
            case HTTP -> UpstreamServer.http1(this::serve);
            case H2C -> UpstreamServer.h2c(this::serve);
            default -> UpstreamServer.http3(leaf, this::serve);
        };
    }

    private void serve(UpstreamExchange exchange) {
        int order = arrived.getAndIncrement();
        (order < scripts.size() ? scripts.get(order) : Scripts.text("good")).accept(exchange);
    }

    /**
     * A script that gives up without an answer, so that nobody knows what it has done: closes the connection, or on
     * HTTP/3, where Vert.x's server cancels its streams before, resets the stream.
     */
    static Consumer<UpstreamExchange> breaking(Protocol protocol) {
        return protocol == Protocol.H3 ? Scripts.reset(H3_INTERNAL_ERROR) : Scripts.closeBeforeResponse();
    }

    /** The same, when this much of the body has come. */
    static Consumer<UpstreamExchange> breakingAfter(Protocol protocol, long bytes) {
        return exchange -> exchange.onChunk(chunk -> {
            if (exchange.received().bodyLength() >= bytes) {
                breaking(protocol).accept(exchange);
            }
        });
    }

    /** The same, when the whole request has come. */
    static Consumer<UpstreamExchange> breakingAtTheEnd(Protocol protocol) {
        return exchange -> exchange.onEnd(() -> breaking(protocol).accept(exchange));
    }

    /** What the client is told of that. */
    static String error(Protocol protocol) {
        return protocol == Protocol.H3 ? "http_protocol_error" : "connection_terminated";
    }

    /** Everything routed to them, with these retries. */
    TestConfig config(RetryTerms retries) {
        return backend().route(TestConfig.rule("/").retry(retries).to("app"));
    }

    /** Without a route. */
    TestConfig backend() {
        return TestConfig.everyClient(leaf).backend("app", protocol, first.port(), second.port());
    }

    /** How many requests have come, on both. */
    int arrived() {
        return arrived.get();
    }

    /** What each of the two has got. */
    List<Integer> counts() {
        return Stream.of(first, second)
                .map(server -> server.received().size())
                .sorted()
                .toList();
    }

    /** Everything that has come, in no order. */
    List<ReceivedRequest> received() {
        return Stream.of(first, second)
                .flatMap(server -> server.received().stream())
                .toList();
    }

    @Override
    public void close() {
        first.close();
        second.close();
    }
}
