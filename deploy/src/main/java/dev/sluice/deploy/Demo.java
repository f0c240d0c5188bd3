package dev.sluice.deploy;

import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.config.Backend;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Defaults;
import dev.sluice.config.FilterSpec;
import dev.sluice.config.FilterSpec.HeaderChanges;
import dev.sluice.config.FilterSpec.PathModifier;
import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpMatch.PathMatch;
import dev.sluice.config.HttpRule;
import dev.sluice.config.HttpRule.BackendRef;
import dev.sluice.grpc.demo.DemoServer;
import dev.sluice.spi.ConfigSource;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code --demo}: upstreams on ephemeral loopback ports, routes to them, and requests to try. */
final class Demo implements Serving {

    /** What is to be seen stands in a column, but for commands that are longer. */
    private static final int ALIGNED_CHARS = 90;

    private final Function<Routing, ConfigSource> source;
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final DemoCalls calls = new DemoCalls();

    /** @param source makes the configuration of the demo's rules and backends */
    Demo(Function<Routing, ConfigSource> source) {
        this.source = source;
    }

    @Override
    public Future<ConfigSource> open() {
        DemoUpstreams upstreams = new DemoUpstreams(vertx);
        return Future.all(upstreams.http("one"), upstreams.http("two"), upstreams.h2c(), DemoServer.listen(vertx))
                .map(all -> source.apply(routing(List.of(
                        backend("web", Protocol.HTTP, all.<HttpServer>resultAt(0), all.resultAt(1)),
                        backend("rpc", Protocol.H2C, all.<HttpServer>resultAt(2)),
                        backend(DemoCalls.BACKEND, Protocol.H2C, all.<HttpServer>resultAt(3))))));
    }

    @Override
    public Future<Void> close() {
        calls.close();
        return vertx.close();
    }

    @Override
    public List<String> about(List<BoundSocket> listeners) {
        List<Try> requests = listeners.stream()
                .flatMap(socket -> socket.tls().isEmpty()
                        ? Stream.concat(
                                cleartext("http://" + reachable(socket)), DemoCalls.cleartext(reachable(socket)))
                        : Stream.of(
                                new Try(
                                        "curl -k --http2 https://" + reachable(socket) + "/hello",
                                        "HTTPS; -k, for the certificate is self-signed"),
                                DemoCalls.overTls(reachable(socket))))
                .toList();
        int widest = requests.stream()
                .mapToInt(t -> t.command().length())
                .filter(length -> length <= ALIGNED_CHARS)
                .max()
                .orElse(0);
        List<String> lines = new ArrayList<>(List.of("to      small upstreams inside this process", "try"));
        requests.forEach(t -> lines.add(
                "  " + t.command() + " ".repeat(Math.max(0, widest - t.command().length())) + "  # " + t.shows()));
        return lines;
    }

    /**
     * A request to try.
     *
     * @param command as a shell takes it
     * @param shows what is to be seen
     */
    record Try(String command, String shows) {}

    private static Stream<Try> cleartext(String url) {
        return Stream.of(
                new Try("curl " + url + "/hello", "balanced: the answers alternate"),
                new Try("curl -d 'some text' " + url + "/echo", "what the upstream sees of a request"),
                new Try("curl -N " + url + "/stream", "server-sent events as they come"),
                new Try("curl -i " + url + "/slow", "504: the route allows 1 s, the upstream takes 3 s"),
                new Try("curl -iL " + url + "/old", "a redirect to /hello"),
                new Try("curl -i --http2-prior-knowledge " + url + "/trailers", "a trailer, from an HTTP/2 upstream"));
    }

    private static String reachable(BoundSocket socket) {
        String host =
                switch (socket.host()) {
                    case "0.0.0.0", "::", "0:0:0:0:0:0:0:0", "" -> "127.0.0.1";
                    default -> socket.host();
                };
        return Ports.join(host, socket.port());
    }

    private Routing routing(List<Backend> backends) {
        List<HttpRule> rules = new ArrayList<>(rules());
        rules.add(DemoCalls.restRule());
        return new Routing(rules, List.of(DemoCalls.callRule()), List.of(calls.transcoding()), backends);
    }

    private static List<HttpRule> rules() {
        FilterSpec toUpstream = new FilterSpec.RequestHeaderModifier(
                new HeaderChanges(List.of(Map.entry("x-demo-request", "added by the gateway")), List.of(), List.of()));
        FilterSpec toClient = new FilterSpec.ResponseHeaderModifier(
                new HeaderChanges(List.of(Map.entry("x-demo-response", "added by the gateway")), List.of(), List.of()));
        FilterSpec redirect = new FilterSpec.RequestRedirect(
                null,
                null,
                new PathModifier(PathModifier.Type.REPLACE_FULL_PATH, "/hello"),
                0,
                Defaults.REDIRECT_STATUS);
        return List.of(
                rule("/", List.of(), "web", null),
                rule("/echo", List.of(toUpstream, toClient), "web", null),
                rule("/slow", List.of(), "web", Duration.ofSeconds(1)),
                rule("/old", List.of(redirect), null, null),
                rule("/trailers", List.of(), "rpc", null));
    }

    private static HttpRule rule(
            String prefix, List<FilterSpec> filters, @Nullable String backend, @Nullable Duration timeout) {
        HttpMatch match = new HttpMatch(new PathMatch(PathMatch.Type.PATH_PREFIX, prefix), null, List.of(), List.of());
        List<BackendRef> refs = backend == null
                ? List.of()
                : List.of(new BackendRef(FlagsConfig.key(backend), Defaults.BACKEND_WEIGHT, List.of()));
        return new HttpRule(null, List.of(match), filters, refs, timeout, null);
    }

    private static Backend backend(String name, Protocol protocol, HttpServer... servers) {
        List<EndpointAddress> endpoints = new ArrayList<>();
        for (HttpServer server : servers) {
            endpoints.add(new EndpointAddress("127.0.0.1", server.actualPort()));
        }
        return new Backend(FlagsConfig.key(name), protocol, endpoints, null);
    }
}
