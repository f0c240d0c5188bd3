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
import io.vertx.core.http.HttpClientConfig;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Vert.x HTTP clients of one loop, one for each set of protocols and TLS options. They only open connections;
 * {@link ConnectionPool} decides who uses them.
 */
final class UpstreamClients {

    private static final List<HttpVersion> HTTP1 = List.of(HttpVersion.HTTP_1_1);
    private static final List<HttpVersion> HTTP2 = List.of(HttpVersion.HTTP_2);
    private static final List<HttpVersion> BY_ALPN = List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1);
    private static final List<HttpVersion> HTTP3 = List.of(HttpVersion.HTTP_3);

    /** @param tls null for cleartext */
    private record Profile(List<HttpVersion> versions, @Nullable BackendTls tls, Duration connectTimeout) {

        boolean quic() {
            return versions.equals(HTTP3);
        }
    }

    private record Client(HttpClientAgent agent, @Nullable UpstreamTls tls) {}

    private final Loop loop;
    private final Map<Profile, Client> clients = new HashMap<>();
    private boolean closed;

    UpstreamClients(Loop loop) {
        this.loop = loop;
    }

    /**
     * How to connect to one endpoint of a backend.
     *
     * @param http1Only whether HTTP/2 shall not be offered where TLS negotiates the version
     */
    Connector connector(Backend backend, Endpoint endpoint, boolean http1Only) {
        BackendTls tls = !backend.protocol().isTls() ? null : backend.tls() == null ? BackendTls.SYSTEM : backend.tls();
        Connector direct = connector(versions(backend.protocol(), http1Only), endpoint, endpoint.port(), tls);
        if (backend.protocol() == Protocol.H3 && backend.fallback()) {
            Connector tcp = connector(BY_ALPN, endpoint, endpoint.port(), tls);
            return new FallbackConnector(loop, direct, tcp, new NegativeCache());
        }
        if (backend.protocol() == Protocol.HTTPS && backend.altSvc() && !http1Only) {
            String host = tls == null || tls.sni() == null ? endpoint.name() : tls.sni();
            return new AltSvcConnector(loop, host, direct, port -> connector(HTTP3, endpoint, port, tls));
        }
        return direct;
    }

    private EndpointConnector connector(
            List<HttpVersion> versions, Endpoint endpoint, int port, @Nullable BackendTls tls) {
        return new EndpointConnector(
                timeout -> client(new Profile(versions, tls, timeout)).agent(), endpoint, port, tls);
    }

    /** Looks whether the files of certificates and keys have changed; the next connections use what they hold now. */
    void renew() {
        for (Client client : clients.values()) {
            if (client.tls() != null) {
                client.tls().renew(loop.vertx().fileSystem(), client.agent());
            }
        }
    }

    void close() {
        closed = true;
        for (Client client : clients.values()) {
            var unused = client.agent().close();
        }
        clients.clear();
    }

    private Client client(Profile profile) {
        if (closed) {
            throw new IllegalStateException("the upstreams are closed"); // what it opened, nobody would close
        }
        return clients.computeIfAbsent(profile, this::create);
    }

    private Client create(Profile profile) {
        HttpClientConfig config = new HttpClientConfig()
                .setVersions(profile.versions().toArray(HttpVersion[]::new))
                .setDecompressionEnabled(false)
                .setFollowAlternativeServices(false)
                .setConnectTimeout(profile.connectTimeout())
                .setHttp1Config(new Http1ClientConfig()
                        .setKeepAlive(true)
                        .setMaxInitialLineLength(Defaults.MAX_REQUEST_LINE_BYTES)
                        .setMaxHeaderSize(Defaults.MAX_HEADER_BYTES))
                .setHttp2Config(new Http2ClientConfig()
                        .setClearTextUpgrade(false)
                        .setConnectionWindowSize(Defaults.H2_CONNECTION_WINDOW)
                        .setInitialSettings(new Http2Settings()
                                .setPushEnabled(false)
                                .setInitialWindowSize(Defaults.H2_STREAM_WINDOW)
                                .setMaxHeaderListSize(Defaults.MAX_HEADER_BYTES)))
                .setHttp3Config(new Http3ClientConfig());
        if (profile.quic()) {
            config.getQuicConfig().setConnectTimeout(profile.connectTimeout());
        }
        if (profile.tls() == null) {
            return new Client(loop.vertx().createHttpClient(config), null);
        }
        UpstreamTls tls = new UpstreamTls(profile.tls(), profile.connectTimeout());
        var builder = loop.vertx().httpClientBuilder().with(config.setSsl(true)).with(tls.options());
        // QUIC has a BoringSSL of its own.
        HttpClientAgent agent = profile.quic()
                ? builder.build()
                : builder.with(TlsEngine.options()).build();
        return new Client(agent, tls);
    }

    private static List<HttpVersion> versions(Protocol protocol, boolean http1Only) {
        return switch (protocol) {
            case HTTP -> HTTP1;
            case H2C, H2 -> HTTP2;
            case HTTPS -> http1Only ? HTTP1 : BY_ALPN;
            case H3 -> HTTP3;
        };
    }
}
