package dev.sluice.upstream;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.BackendTls;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Defaults;
import dev.sluice.loop.Loop;
import dev.sluice.wire.TlsEngine;
import io.vertx.core.http.Http1ClientConfig;
import io.vertx.core.http.Http2ClientConfig;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.Http3ClientConfig;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientBuilder;
import io.vertx.core.http.HttpClientConfig;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;

/**
 * The Vert.x HTTP clients of one loop, one per protocol and TLS profile. They only open connections;
 * {@link ConnectionPool} decides who uses them.
 */
final class UpstreamClients {

    private record Profile(Protocol protocol, BackendTls tls, boolean http1Only) {}

    private final Loop loop;
    private final Map<Profile, HttpClientAgent> clients = new HashMap<>();

    UpstreamClients(Loop loop) {
        this.loop = loop;
    }

    /**
     * How to connect to one endpoint of a backend.
     *
     * @param http1Only whether HTTP/2 shall not be offered where TLS negotiates the version
     */
    ConnectionPool.Connector connector(Backend backend, Endpoint endpoint, boolean http1Only) {
        BackendTls tls = backend.tls() == null ? BackendTls.SYSTEM : backend.tls();
        HttpClientAgent client = clients.computeIfAbsent(
                new Profile(backend.protocol(), tls, http1Only && backend.protocol() == Protocol.HTTPS),
                profile -> create(profile));
        String serverName = tls.sni() == null ? endpoint.name() : tls.sni();
        HttpConnectOptions options = new HttpConnectOptions()
                .setServer(address(serverName, endpoint))
                .setHost(serverName)
                .setPort(endpoint.port())
                .setSsl(backend.protocol().isTls());
        return handler -> client.connect(options).onComplete((connection, error) -> {
            if (error == null) {
                handler.connected(connection);
            } else {
                handler.failed(error);
            }
        });
    }

    void close() {
        for (HttpClientAgent client : clients.values()) {
            var unused = client.close();
        }
        clients.clear();
    }

    /** Carries both the resolved address and the name, so that nothing is resolved on the loop. */
    private static SocketAddress address(String serverName, Endpoint endpoint) {
        try {
            byte[] ip = InetAddress.getByName(endpoint.ip()).getAddress(); // a literal: no look-up
            return SocketAddress.inetSocketAddress(
                    new InetSocketAddress(InetAddress.getByAddress(serverName, ip), endpoint.port()));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(endpoint.ip() + " (expected: an IP literal)", e);
        }
    }

    private HttpClientAgent create(Profile profile) {
        HttpClientConfig config = new HttpClientConfig()
                .setVersions(versions(profile))
                .setDecompressionEnabled(false)
                .setFollowAlternativeServices(false)
                .setConnectTimeout(Defaults.CONNECT_TIMEOUT)
                .setHttp1Config(new Http1ClientConfig()
                        .setKeepAlive(true)
                        .setMaxInitialLineLength(Defaults.MAX_REQUEST_LINE_BYTES)
                        .setMaxHeaderSize(Defaults.MAX_HEADER_BYTES))
                .setHttp2Config(new Http2ClientConfig()
                        .setClearTextUpgrade(false)
                        .setMultiplexingLimit(Defaults.MAX_UPSTREAM_STREAMS)
                        .setConnectionWindowSize(Defaults.H2_CONNECTION_WINDOW)
                        .setInitialSettings(new Http2Settings()
                                .setPushEnabled(false)
                                .setInitialWindowSize(Defaults.H2_STREAM_WINDOW)
                                .setMaxHeaderListSize(Defaults.MAX_HEADER_BYTES)))
                .setHttp3Config(new Http3ClientConfig().setMultiplexingLimit(Defaults.MAX_UPSTREAM_STREAMS));
        if (profile.protocol() == Protocol.H3) {
            config.getQuicConfig().setConnectTimeout(Defaults.CONNECT_TIMEOUT);
        }
        if (!profile.protocol().isTls()) {
            return loop.vertx().createHttpClient(config);
        }
        HttpClientBuilder builder =
                loop.vertx().httpClientBuilder().with(config.setSsl(true)).with(ssl(profile));
        // QUIC has a BoringSSL of its own.
        return profile.protocol() == Protocol.H3
                ? builder.build()
                : builder.with(TlsEngine.options()).build();
    }

    private static ClientSSLOptions ssl(Profile profile) {
        BackendTls tls = profile.tls();
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

    private static HttpVersion[] versions(Profile profile) {
        if (profile.http1Only()) {
            return new HttpVersion[] {HttpVersion.HTTP_1_1};
        }
        return switch (profile.protocol()) {
            case HTTP -> new HttpVersion[] {HttpVersion.HTTP_1_1};
            case H2C, H2 -> new HttpVersion[] {HttpVersion.HTTP_2};
            case HTTPS -> new HttpVersion[] {HttpVersion.HTTP_2, HttpVersion.HTTP_1_1};
            case H3 -> new HttpVersion[] {HttpVersion.HTTP_3};
        };
    }
}
