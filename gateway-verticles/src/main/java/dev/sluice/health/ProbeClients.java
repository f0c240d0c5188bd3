package dev.sluice.health;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.BackendTls;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Defaults;
import dev.sluice.upstream.Endpoint;
import dev.sluice.wire.TlsEngine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http1ClientConfig;
import io.vertx.core.http.Http2ClientConfig;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientBuilder;
import io.vertx.core.http.HttpClientConfig;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The clients that probes connect with, apart from those that requests use: one per TLS options and versions. */
final class ProbeClients {

    private record Profile(boolean ssl, BackendTls tls, List<HttpVersion> versions) {}

    private final Vertx vertx;
    private final NetClient tcp;
    private final Map<Profile, HttpClientAgent> clients = new HashMap<>();

    ProbeClients(Vertx vertx) {
        this.vertx = vertx;
        this.tcp = vertx.createNetClient();
    }

    NetClient tcp() {
        return tcp;
    }

    /**
     * Opens a connection of its own.
     *
     * @param http2 whether HTTP/2 is needed, where the backend's protocol leaves a choice
     * @param port to connect to
     */
    Future<HttpClientConnection> connect(
            Backend backend, boolean http2, Endpoint endpoint, int port, Duration timeout) {
        BackendTls tls = backend.tls() == null ? BackendTls.SYSTEM : backend.tls();
        boolean ssl = backend.protocol().isTls();
        HttpClientAgent client = clients.computeIfAbsent(
                new Profile(ssl, tls, versions(backend.protocol(), http2)), this::create);
        String serverName = tls.sni() == null ? endpoint.name() : tls.sni();
        return client.connect(new HttpConnectOptions()
                .setServer(address(serverName, endpoint.ip(), port))
                .setHost(serverName)
                .setPort(port)
                .setSsl(ssl)
                .setConnectTimeout(timeout.toMillis()));
    }

    void close() {
        var unusedTcp = tcp.close();
        for (HttpClientAgent client : clients.values()) {
            var unused = client.close();
        }
        clients.clear();
    }

    /** Carries both the address and the name, so that nothing is resolved. */
    private static SocketAddress address(String serverName, String ip, int port) {
        try {
            byte[] bytes = InetAddress.getByName(ip).getAddress(); // a literal: no look-up
            return SocketAddress.inetSocketAddress(
                    new InetSocketAddress(InetAddress.getByAddress(serverName, bytes), port));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(ip + " (expected: an IP literal)", e);
        }
    }

    private HttpClientAgent create(Profile profile) {
        HttpClientConfig config = new HttpClientConfig()
                .setVersions(profile.versions().toArray(HttpVersion[]::new))
                .setFollowAlternativeServices(false)
                .setHttp1Config(new Http1ClientConfig().setKeepAlive(false).setMaxHeaderSize(Defaults.MAX_HEADER_BYTES))
                .setHttp2Config(new Http2ClientConfig().setClearTextUpgrade(false));
        if (!profile.ssl()) {
            return vertx.createHttpClient(config);
        }
        HttpClientBuilder builder =
                vertx.httpClientBuilder().with(config.setSsl(true)).with(ssl(profile.tls()));
        // QUIC has a BoringSSL of its own.
        return profile.versions().contains(HttpVersion.HTTP_3)
                ? builder.build()
                : builder.with(TlsEngine.options()).build();
    }

    private static ClientSSLOptions ssl(BackendTls tls) {
        ClientSSLOptions ssl = new ClientSSLOptions().setUseAlpn(true);
        if (tls.insecureSkipVerify()) {
            ssl.setTrustAll(true).setHostnameVerificationAlgorithm("");
        } else {
            ssl.setHostnameVerificationAlgorithm("HTTPS");
        }
        if (tls.caFile() != null) {
            ssl.setTrustOptions(new PemTrustOptions().addCertPath(tls.caFile().toString()));
        }
        if (tls.certFile() != null && tls.keyFile() != null) {
            ssl.setKeyCertOptions(new PemKeyCertOptions()
                    .addCertPath(tls.certFile().toString())
                    .addKeyPath(tls.keyFile().toString()));
        }
        return ssl;
    }

    private static List<HttpVersion> versions(Protocol protocol, boolean http2) {
        return switch (protocol) {
            case HTTP -> List.of(http2 ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1);
            case H2C, H2 -> List.of(HttpVersion.HTTP_2);
            case HTTPS -> http2
                    ? List.of(HttpVersion.HTTP_2)
                    : List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1);
            case H3 -> List.of(HttpVersion.HTTP_3);
        };
    }
}
