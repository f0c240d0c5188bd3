package dev.sluice.health;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.BackendTls;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Defaults;
import dev.sluice.upstream.Connector;
import dev.sluice.upstream.Endpoint;
import dev.sluice.upstream.EndpointConnector;
import dev.sluice.upstream.UpstreamTls;
import dev.sluice.wire.TlsEngine;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http1ClientConfig;
import io.vertx.core.http.Http2ClientConfig;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConfig;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.NetClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The clients that probes connect with, apart from those that requests use. */
final class ProbeClients {

    private static final Logger log = LoggerFactory.getLogger(ProbeClients.class);

    /** @param tls null for cleartext */
    private record Profile(List<HttpVersion> versions, @Nullable BackendTls tls, Duration timeout) {}

    private record Client(HttpClientAgent agent, @Nullable UpstreamTls tls) {}

    private final Vertx vertx;
    private final NetClient tcp;
    private final Map<Profile, Client> clients = new HashMap<>();

    ProbeClients(Vertx vertx) {
        this.vertx = vertx;
        this.tcp = vertx.createNetClient();
    }

    NetClient tcp() {
        return tcp;
    }

    /**
     * Opens a connection of its own: over HTTP/3, where the backend may fall back, or else over TLS and TCP, as requests
     * do; HTTP/3 has half of the time then.
     *
     * @param endpoint with the port to connect to
     * @param http2 whether it must be HTTP/2 where the backend's protocol leaves a choice
     */
    ProbeConnect<HttpClientConnection> connect(Backend backend, Endpoint endpoint, boolean http2, Duration timeout) {
        Protocol protocol = backend.protocol();
        BackendTls tls = !protocol.isTls() ? null : backend.tls() == null ? BackendTls.SYSTEM : backend.tls();
        if (protocol == Protocol.H3 && backend.fallback()) {
            Duration half = timeout.dividedBy(2);
            return new ProbeConnect<>(
                    connect(new Profile(versions(protocol, http2), tls, half), endpoint),
                    () -> connect(new Profile(versions(Protocol.HTTPS, http2), tls, half), endpoint));
        }
        return connect(new Profile(versions(protocol, http2), tls, timeout), endpoint);
    }

    private ProbeConnect<HttpClientConnection> connect(Profile profile, Endpoint endpoint) {
        HttpClientAgent agent = clients.computeIfAbsent(profile, this::create).agent();
        Promise<HttpClientConnection> promise = Promise.promise();
        Runnable giveUp = new EndpointConnector(wanted -> agent, endpoint, profile.tls())
                .connect(profile.timeout(), new Connector.Handler() {
                    @Override
                    public void connected(HttpClientConnection connection) {
                        connection.exceptionHandler(
                                broken -> log.debug("event=probe_connection_error cause={}", broken.toString()));
                        promise.complete(connection);
                    }

                    @Override
                    public void failed(Throwable cause) {
                        promise.fail(cause);
                    }
                });
        return new ProbeConnect<>(promise.future(), giveUp);
    }

    /** Closes what {@link #connect} has opened. */
    static void close(HttpClientConnection connection) {
        try {
            var unused = connection.close();
        } catch (IllegalStateException gone) {
            log.trace("event=probe_connection_gone"); // Vert.x throws where a QUIC connection has closed already
        }
    }

    /** Looks whether the files of certificates and keys have changed; the next connections use what they hold now. */
    void renew() {
        for (Client client : clients.values()) {
            if (client.tls() != null) {
                client.tls().renew(vertx.fileSystem(), client.agent());
            }
        }
    }

    void close() {
        var unusedTcp = tcp.close();
        for (Client client : clients.values()) {
            var unused = client.agent().close();
        }
        clients.clear();
    }

    private Client create(Profile profile) {
        boolean quic = profile.versions().contains(HttpVersion.HTTP_3);
        HttpClientConfig config = new HttpClientConfig()
                .setVersions(profile.versions().toArray(HttpVersion[]::new))
                .setFollowAlternativeServices(false)
                .setConnectTimeout(profile.timeout())
                .setHttp1Config(new Http1ClientConfig().setKeepAlive(false).setMaxHeaderSize(Defaults.MAX_HEADER_BYTES))
                .setHttp2Config(new Http2ClientConfig().setClearTextUpgrade(false));
        if (quic) {
            config.getQuicConfig().setConnectTimeout(profile.timeout());
        }
        if (profile.tls() == null) {
            return new Client(vertx.createHttpClient(config), null);
        }
        UpstreamTls tls = new UpstreamTls(profile.tls(), profile.timeout());
        var builder = vertx.httpClientBuilder().with(config.setSsl(true)).with(tls.options());
        // QUIC has a BoringSSL of its own.
        return new Client(
                quic ? builder.build() : builder.with(TlsEngine.options()).build(), tls);
    }

    private static List<HttpVersion> versions(Protocol protocol, boolean http2) {
        return switch (protocol) {
            case HTTP -> List.of(http2 ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1);
            case H2C, H2 -> List.of(HttpVersion.HTTP_2);
            case HTTPS -> http2 ? List.of(HttpVersion.HTTP_2) : List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1);
            case H3 -> List.of(HttpVersion.HTTP_3);
        };
    }
}
