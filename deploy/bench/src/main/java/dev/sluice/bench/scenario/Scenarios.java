package dev.sluice.bench.scenario;

import dev.sluice.bench.load.Call;
import dev.sluice.bench.load.Protocol;
import dev.sluice.bench.scenario.Work.Idle;
import dev.sluice.bench.scenario.Work.Pressure;
import dev.sluice.bench.scenario.Work.Start;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;

/** All scenarios, in the order in which they run and are reported. */
public final class Scenarios {

    /** The host that requests name; the certificate is for it. */
    public static final String AUTHORITY = "localhost";

    /** A small request: 128 bytes are answered. */
    public static final Call SMALL = get("/bytes/128");

    /** What {@code --quick} runs: one of each kind. */
    public static final List<String> QUICK = List.of("h1-small", "h1-tls", "h2c-grpc", "h1-1m-down", "start");

    private static final int CONNECTIONS = 64;
    /** Multiplexed: as many requests at once as with HTTP/1.1. */
    private static final int H2_CONNECTIONS = 8;

    private static final int H2_STREAMS = 8;
    /** Few: one body fills a connection. */
    private static final int LARGE_CONNECTIONS = 8;

    private static final int MIB = 1 << 20;
    private static final int GRPC_PREFIX = 5;

    private static final List<Scenario> ALL = List.of(
            keepAlive("h1-small", "HTTP/1.1 keep-alive, 64 connections, 128 B answers", Protocol.HTTP1, SMALL),
            keepAlive("h1-tls", "the same over TLS 1.3", Protocol.HTTP1_TLS, SMALL),
            multiplexed("h2-h1", "HTTP/2 over TLS to HTTP/1.1, 8 connections of 8 streams, 128 B", Protocol.H2_TLS),
            multiplexed("h2c-h1", "cleartext HTTP/2 to HTTP/1.1, 8 connections of 8 streams, 128 B", Protocol.H2C),
            new Scenario(
                    "h2c-grpc",
                    "unary gRPC: cleartext HTTP/2 both sides, trailers, 8 connections of 8 streams, 128 B",
                    new Needs(Protocol.H2C, true, 0),
                    new Pressure(H2_CONNECTIONS, H2_STREAMS, List.of(grpc("Unary", 128, 1, 128)), 0, false)),
            new Scenario(
                    "h2c-grpc-stream",
                    "gRPC server streaming: 1,000 messages of 1 KiB for a request of 128 B, 8 connections",
                    new Needs(Protocol.H2C, true, 0),
                    new Pressure(LARGE_CONNECTIONS, 1, List.of(grpc("Stream", 128, 1_000, 1024)), 0, false)),
            new Scenario(
                    "h2c-grpc-1m",
                    "unary gRPC: a message of 1 MiB each way, 8 connections",
                    new Needs(Protocol.H2C, true, 0),
                    new Pressure(LARGE_CONNECTIONS, 1, List.of(grpc("Large", MIB, 1, MIB)), 0, false)),
            multiplexed("h3-h1", "HTTP/3 to HTTP/1.1, 8 connections of 8 streams, 128 B", Protocol.HTTP3),
            keepAlive("h1-10k", "HTTP/1.1, 64 connections, 10 KiB answers", Protocol.HTTP1, get("/bytes/10240")),
            large("h1-1m-down", "1 MiB answers, 8 connections", get("/bytes/" + MIB)),
            large("h1-1m-up", "1 MiB uploads, 8 connections", new Call("POST", "/upload", AUTHORITY, MIB, 0)),
            new Scenario(
                    "h1-rate",
                    "2,000 requests a second on 64 connections, latency from the intended send time",
                    Needs.of(Protocol.HTTP1),
                    new Pressure(CONNECTIONS, 1, List.of(SMALL), 2000, false)),
            newConnection("new-connection", "a new connection for every request", Protocol.HTTP1),
            newConnection("new-connection-tls", "a new TLS connection for every request", Protocol.HTTP1_TLS),
            routes(10),
            routes(1000),
            routes(10000),
            idle("idle-1000", Protocol.HTTP1, 1000),
            idle("idle-10000", Protocol.HTTP1, 10000),
            idle("idle-tls-1000", Protocol.HTTP1_TLS, 1000),
            idle("idle-tls-10000", Protocol.HTTP1_TLS, 10000),
            new Scenario("start", "from exec to the first proxied answer", Needs.of(Protocol.HTTP1), new Start()));

    private Scenarios() {}

    public static List<Scenario> all() {
        return ALL;
    }

    /**
     * Those that any of the globs name, in the order of {@link #all}.
     *
     * @throws IllegalArgumentException when a glob names none
     */
    public static List<Scenario> select(List<String> globs) {
        List<Scenario> selected = new ArrayList<>();
        for (String glob : globs) {
            PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
            List<Scenario> named = ALL.stream()
                    .filter(scenario -> matcher.matches(Path.of(scenario.name())))
                    .toList();
            if (named.isEmpty()) {
                throw new IllegalArgumentException(glob + " (expected: a scenario of --list)");
            }
            selected.addAll(named);
        }
        return ALL.stream().filter(selected::contains).toList();
    }

    private static Call get(String path) {
        return new Call("GET", path, AUTHORITY, 0, 0);
    }

    /** A method of the backend's, which answers with that many messages of that length. */
    private static Call grpc(String method, int bytes, int messages, int messageBytes) {
        return new Call("POST", "/bench.Echo/" + method, AUTHORITY, bytes, messages * (GRPC_PREFIX + messageBytes));
    }

    private static Scenario keepAlive(String name, String title, Protocol front, Call call) {
        return new Scenario(name, title, Needs.of(front), new Pressure(CONNECTIONS, 1, List.of(call), 0, false));
    }

    private static Scenario multiplexed(String name, String title, Protocol front) {
        return new Scenario(
                name, title, Needs.of(front), new Pressure(H2_CONNECTIONS, H2_STREAMS, List.of(SMALL), 0, false));
    }

    private static Scenario large(String name, String title, Call call) {
        return new Scenario(
                name, title, Needs.of(Protocol.HTTP1), new Pressure(LARGE_CONNECTIONS, 1, List.of(call), 0, false));
    }

    private static Scenario newConnection(String name, String title, Protocol front) {
        return new Scenario(name, title, Needs.of(front), new Pressure(CONNECTIONS, 1, List.of(SMALL), 0, true));
    }

    private static Scenario routes(int count) {
        List<Call> calls = Routes.prefixes(count).stream()
                .map(prefix -> get(prefix + "item"))
                .toList();
        return new Scenario(
                "routes-" + count,
                "%,d routes by path prefix, requests to each in turn".formatted(count),
                new Needs(Protocol.HTTP1, false, count),
                new Pressure(CONNECTIONS, 1, calls, 0, false));
    }

    private static Scenario idle(String name, Protocol front, int connections) {
        String title = "%,d idle%s connections".formatted(connections, front == Protocol.HTTP1 ? "" : " TLS");
        return new Scenario(name, title, Needs.of(front), new Idle(connections));
    }
}
