package dev.sluice.testkit;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.Http1ServerConfig;
import io.vertx.core.http.Http2ServerConfig;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerConfig;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A real backend on an ephemeral loopback port that does with each request what a script says, and remembers it. For
 * bytes that no server would send, see {@link RawUpstream}.
 */
public final class UpstreamServer implements AutoCloseable {

    /** One for all backends of a test run; never closed, its threads end with the test JVM. */
    private static final Vertx VERTX = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));

    private static final int MAX_HEADER_BYTES = 256 * 1024;

    private final HttpServer server;
    private final Map<String, Consumer<UpstreamExchange>> scripts = new ConcurrentHashMap<>();
    private final BlockingQueue<ReceivedRequest> unread = new LinkedBlockingQueue<>();
    private final List<ReceivedRequest> received = new CopyOnWriteArrayList<>();
    private final Map<HttpConnection, Integer> connections = new ConcurrentHashMap<>();
    private final Set<HttpConnection> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connectionCount = new AtomicInteger();
    private final AtomicInteger order = new AtomicInteger();
    private volatile Consumer<UpstreamExchange> script;

    private UpstreamServer(@Nullable ServerSSLOptions tls, Consumer<UpstreamExchange> script, HttpVersion... versions) {
        this("127.0.0.1", 0, tls, script, versions);
    }

    private UpstreamServer(
            String host,
            int port,
            @Nullable ServerSSLOptions tls,
            Consumer<UpstreamExchange> script,
            HttpVersion... versions) {
        this.script = script;
        HttpServerConfig config = new HttpServerConfig()
                .setVersions(versions)
                .setHost(host)
                .setPort(port)
                .setHttp1Config(new Http1ServerConfig()
                        .setMaxHeaderSize(MAX_HEADER_BYTES)
                        .setMaxInitialLineLength(MAX_HEADER_BYTES))
                .setHttp2Config(new Http2ServerConfig()
                        // Vert.x hangs up after 200 cancels in 30 s, which a gateway with many clients reaches.
                        .setRstFloodMaxRstFramePerWindow(100_000)
                        .setInitialSettings(new Http2Settings().setMaxHeaderListSize(MAX_HEADER_BYTES)));
        server = VERTX.createHttpServer(config, tls);
        server.connectionHandler(this::connected);
        server.requestHandler(this::handle);
        Eventually.get(server.listen());
    }

    /** HTTP/1.1 in cleartext. */
    public static UpstreamServer http1(Consumer<UpstreamExchange> script) {
        return new UpstreamServer(null, script, HttpVersion.HTTP_1_0, HttpVersion.HTTP_1_1);
    }

    /** HTTP/1.1 in cleartext at another loopback address, or a port that was another's before. */
    public static UpstreamServer http1(String host, int port, Consumer<UpstreamExchange> script) {
        return new UpstreamServer(host, port, null, script, HttpVersion.HTTP_1_0, HttpVersion.HTTP_1_1);
    }

    /** HTTP/2 in cleartext with prior knowledge. */
    public static UpstreamServer h2c(Consumer<UpstreamExchange> script) {
        return new UpstreamServer(null, script, HttpVersion.HTTP_2);
    }

    /** TLS, where ALPN chooses HTTP/2 or HTTP/1.1. */
    public static UpstreamServer https(TestCertificates.Leaf certificate, Consumer<UpstreamExchange> script) {
        return new UpstreamServer(tls(certificate), script, HttpVersion.HTTP_1_1, HttpVersion.HTTP_2);
    }

    /** TLS and HTTP/1.1 only. */
    public static UpstreamServer https1(TestCertificates.Leaf certificate, Consumer<UpstreamExchange> script) {
        return new UpstreamServer(tls(certificate), script, HttpVersion.HTTP_1_1);
    }

    /** TLS and HTTP/2 only. */
    public static UpstreamServer h2(TestCertificates.Leaf certificate, Consumer<UpstreamExchange> script) {
        return new UpstreamServer(tls(certificate), script, HttpVersion.HTTP_2);
    }

    /** HTTP/3 over QUIC only. */
    public static UpstreamServer http3(TestCertificates.Leaf certificate, Consumer<UpstreamExchange> script) {
        return new UpstreamServer(tls(certificate), script, HttpVersion.HTTP_3);
    }

    private static ServerSSLOptions tls(TestCertificates.Leaf certificate) {
        return new ServerSSLOptions()
                .setKeyCertOptions(new PemKeyCertOptions()
                        .addCertPath(certificate.certFile().toString())
                        .addKeyPath(certificate.keyFile().toString()));
    }

    /** From now on, requests whose path (without query) has no script of its own get this one. */
    public UpstreamServer otherwise(Consumer<UpstreamExchange> newScript) {
        script = newScript;
        return this;
    }

    /** From now on, requests for this path (without query) get this script. */
    public UpstreamServer on(String path, Consumer<UpstreamExchange> newScript) {
        scripts.put(path, newScript);
        return this;
    }

    public int port() {
        return server.actualPort();
    }

    /** Waits for the next request that this method has not given yet, in order of arrival. */
    public ReceivedRequest take() {
        return Eventually.take("a request at the upstream", unread);
    }

    /** All requests so far, in order of arrival. */
    public List<ReceivedRequest> received() {
        return List.copyOf(received);
    }

    /** How many connections were opened. */
    public int connections() {
        return connectionCount.get();
    }

    /** How many connections are open now. */
    public int openConnections() {
        return open.size();
    }

    /** Closes every connection now, without a word. */
    public void closeConnections() {
        open.forEach(connection -> {
            var unused = connection.close(); // a connection already closed is fine
        });
    }

    /** Stops listening and closes every connection. */
    @Override
    public void close() {
        Eventually.get(server.shutdown(Duration.ZERO));
    }

    private void connected(HttpConnection connection) {
        connections.put(connection, connectionCount.incrementAndGet());
        open.add(connection);
        connection.closeHandler(closed -> {
            open.remove(connection);
            connections.remove(connection);
        });
    }

    private void handle(HttpServerRequest request) {
        Integer connection = connections.get(request.connection());
        ReceivedRequest record =
                new ReceivedRequest(order.incrementAndGet(), connection == null ? 0 : connection, request);
        UpstreamExchange exchange = new UpstreamExchange(request, record, Vertx.currentContext());
        received.add(record);
        unread.add(record);
        scripts.getOrDefault(request.path() == null ? "" : request.path(), script)
                .accept(exchange);
    }
}
