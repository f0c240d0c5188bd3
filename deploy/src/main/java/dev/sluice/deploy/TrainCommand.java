package dev.sluice.deploy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;

/**
 * {@code sluice train}: runs {@code sluice run} twice in this process, once by flags and once by files, serves requests
 * through every protocol, ends it by a signal. The launcher and the image run it once with the JVM's option that records
 * a cache of classes, so that later starts find loaded what they need. Loopback and ephemeral ports only.
 */
@Command(
        name = "train",
        hidden = true,
        description = "Serve a little traffic and stop: the run from which the JVM's cache is made.")
final class TrainCommand implements Callable<Integer> {

    /** A start and some hundred requests take seconds; a machine that needs longer does without the cache. */
    private static final long DEADLINE_SECONDS = 60;

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));

    @Override
    public Integer call() throws Exception {
        haltAfterDeadline();
        DemoUpstreams upstreams = new DemoUpstreams(vertx);
        int web = await(upstreams.http("one").map(HttpServer::actualPort));
        int rpc = await(upstreams.h2c().map(HttpServer::actualPort));
        TrainingTraffic traffic = new TrainingTraffic(vertx);
        int cleartext = freePort();
        int tls = freePort();
        serve(
                banner -> {
                    traffic.cleartext(cleartext);
                    traffic.tls(tls, banner.stream().anyMatch(line -> line.contains("HTTP/3")));
                },
                "--to",
                "http://127.0.0.1:" + web,
                "--listen",
                "127.0.0.1:" + cleartext,
                "--listen-tls",
                "127.0.0.1:" + tls);
        int byFiles = freePort();
        Path file = Files.createTempFile("sluice-train-", ".yaml");
        try {
            Files.writeString(file, configuration(byFiles, web, rpc));
            serve(banner -> traffic.cleartext(byFiles), "--config", file.toString());
        } finally {
            Files.delete(file);
        }
        await(vertx.close());
        return ExitCode.OK;
    }

    /** What is to be done while a gateway runs. */
    private interface Traffic {
        void drive(List<String> banner) throws Exception;
    }

    private static void serve(Traffic traffic, String... flags) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("run", "--admin", "127.0.0.1:" + freePort()));
        arguments.addAll(List.of(flags));
        try (PipedReader pipe = new PipedReader(1 << 16);
                BufferedReader lines = new BufferedReader(pipe)) {
            PrintWriter banner = new PrintWriter(new PipedWriter(pipe));
            CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> {
                // Closed at the end, which the reader below then sees.
                try (banner) {
                    return GatewayMain.commandLine().setOut(banner).execute(arguments.toArray(String[]::new));
                }
            });
            traffic.drive(banner(lines));
            Signals.raiseTermination();
            int code = exit.get();
            if (code != ExitCode.OK) {
                throw new StartFailure("the gateway ended with " + code);
            }
        }
    }

    private static List<String> banner(BufferedReader lines) throws IOException {
        List<String> banner = new ArrayList<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            banner.add(line);
            if (line.startsWith("ready in")) {
                return banner;
            }
        }
        throw new StartFailure("the gateway did not start");
    }

    private static String configuration(int port, int web, int rpc) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: edge}
                spec:
                  gatewayClassName: sluice
                  addresses:
                    - {type: IPAddress, value: 127.0.0.1}
                  listeners:
                    - {name: http, port: %d, protocol: HTTP}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: web}
                spec:
                  parentRefs:
                    - {name: edge}
                  rules:
                    - matches:
                        - path: {type: PathPrefix, value: /trailers}
                      backendRefs:
                        - {group: sluice.dev, kind: Backend, name: rpc}
                    - matches:
                        - path: {type: PathPrefix, value: /}
                          headers:
                            - {name: x-absent, value: "1"}
                        - path: {type: PathPrefix, value: /}
                      filters:
                        - type: RequestHeaderModifier
                          requestHeaderModifier:
                            set: [{name: x-route, value: web}]
                      timeouts: {request: 10s}
                      backendRefs:
                        - {group: sluice.dev, kind: Backend, name: web}
                ---
                apiVersion: sluice.dev/v1
                kind: Backend
                metadata: {name: web}
                spec:
                  endpoints:
                    - {address: 127.0.0.1, port: %d}
                ---
                apiVersion: sluice.dev/v1
                kind: Backend
                metadata: {name: rpc}
                spec:
                  protocol: H2C
                  endpoints:
                    - {address: 127.0.0.1, port: %d}
                """
                .formatted(port, web, rpc);
    }

    /** A port that was free a moment ago: unlike port 0 it takes the way through the start's own checks. */
    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    static <T> T await(Future<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.toCompletionStage().toCompletableFuture().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }

    private static void haltAfterDeadline() {
        CompletableFuture.delayedExecutor(DEADLINE_SECONDS, TimeUnit.SECONDS)
                .execute(() -> Runtime.getRuntime().halt(ExitCode.SOFTWARE));
    }
}
