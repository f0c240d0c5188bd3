package dev.sluice.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.config.Backend;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.ConfigResult;
import dev.sluice.config.HttpRule;
import dev.sluice.spi.ConfigSource;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The demo's parts without a gateway between them. */
final class DemoTest {

    private final List<HttpRule> rules = new ArrayList<>();
    private final List<Backend> backends = new ArrayList<>();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Demo demo = new Demo(routing -> {
        rules.addAll(routing.rules());
        rules.addAll(routing.grpcRules());
        backends.addAll(routing.backends());
        return ConfigSource.fixed(new ConfigResult.Rejected(List.of()));
    });

    @BeforeEach
    void open() throws Exception {
        CompletableFuture<Void> opened = new CompletableFuture<>();
        demo.open().onComplete(source -> opened.complete(null), opened::completeExceptionally);
        opened.get(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        demo.close().onComplete(closed::complete, closed::completeExceptionally);
        closed.get(10, TimeUnit.SECONDS);
    }

    private HttpRequest.Builder to(EndpointAddress endpoint, String path) {
        return HttpRequest.newBuilder(URI.create("http://" + endpoint.host() + ":" + endpoint.port() + path));
    }

    private Backend backend(String name) {
        return backends.stream()
                .filter(backend -> backend.key().name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everyRuleHasItsBackendOrItsFilter() {
        Set<Object> known = new HashSet<>(backends.stream().map(Backend::key).toList());
        for (HttpRule rule : rules) {
            assertTrue(!rule.backendRefs().isEmpty() || !rule.filters().isEmpty(), rule.toString());
            rule.backendRefs().forEach(ref -> assertTrue(known.contains(ref.backend()), ref.toString()));
        }
    }

    @Test
    void upstreamsSayWhichOneTheyAre() throws Exception {
        List<String> answers = new ArrayList<>();
        for (EndpointAddress endpoint : backend("web").endpoints()) {
            answers.add(client.send(to(endpoint, "/hello").build(), BodyHandlers.ofString())
                    .body());
        }
        assertEquals(List.of("hello from upstream one\n", "hello from upstream two\n"), answers);
    }

    @Test
    void echoTellsMethodTargetHeadersAndBody() throws Exception {
        EndpointAddress endpoint = backend("web").endpoints().get(0);
        HttpRequest request = to(endpoint, "/echo?a=b")
                .POST(BodyPublishers.ofString("some text"))
                .header("x-one", "1")
                .build();
        String body = client.send(request, BodyHandlers.ofString()).body();
        assertTrue(body.startsWith("POST /echo?a=b\n"), body);
        assertTrue(body.toLowerCase(Locale.ROOT).contains("\nx-one: 1\n"), body);
        assertTrue(body.endsWith("\n\nsome text\n"), body);
    }

    @Test
    void streamTicksAndEnds() throws Exception {
        HttpResponse<String> response =
                client.send(to(backend("web").endpoints().get(0), "/stream").build(), BodyHandlers.ofString());
        assertEquals(
                "text/event-stream",
                response.headers().firstValue("content-type").orElse(""));
        assertEquals(
                """
                data: tick 1 of 5

                data: tick 2 of 5

                data: tick 3 of 5

                data: tick 4 of 5

                data: tick 5 of 5

                """,
                response.body());
    }

    @Test
    void linesToTryNameEveryListenerAndEveryRule() {
        List<String> lines = demo.about(List.of(
                new BoundSocket(List.of("http"), "0:0:0:0:0:0:0:0", 8080, List.of("HTTP/1.1"), ""),
                new BoundSocket(List.of("https"), "::1", 8443, List.of("HTTP/2"), "TLS")));
        String all = String.join("\n", lines);
        for (String path : List.of(
                "/hello", "/echo", "/stream", "/slow", "/old", "/trailers", "/v1/greetings/world", "/v1/countdown/5")) {
            assertTrue(all.contains("http://127.0.0.1:8080" + path), path);
        }
        assertTrue(all.contains("https://[::1]:8443/hello"), all);
    }
}
