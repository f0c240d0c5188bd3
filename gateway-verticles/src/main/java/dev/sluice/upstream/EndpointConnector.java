package dev.sluice.upstream;

import dev.sluice.config.Backend.BackendTls;
import dev.sluice.wire.ConnectingChannel;
import dev.sluice.wire.IpLiteral;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Connects to one endpoint with the client for it, for requests or for probes. */
public final class EndpointConnector implements Connector {

    private final Function<Duration, HttpClientAgent> clients;
    private final HttpConnectOptions options;
    private final @Nullable BackendTls tls;

    /**
     * @param clients by the connect timeout, since Vert.x has one for each client; what it throws is a connect's failure
     * @param port where the protocol is spoken
     * @param tls null for cleartext
     */
    EndpointConnector(
            Function<Duration, HttpClientAgent> clients, Endpoint endpoint, int port, @Nullable BackendTls tls) {
        this.clients = clients;
        this.tls = tls;
        String serverName = tls == null || tls.sni() == null ? endpoint.name() : tls.sni();
        this.options = new HttpConnectOptions()
                .setServer(address(serverName, endpoint.ip(), port))
                .setHost(serverName)
                .setPort(port)
                .setSsl(tls != null);
    }

    /** To the endpoint's own port. */
    public EndpointConnector(Function<Duration, HttpClientAgent> clients, Endpoint endpoint, @Nullable BackendTls tls) {
        this(clients, endpoint, endpoint.port(), tls);
    }

    /** Opens a connection and checks whose it is. */
    @Override
    public Runnable connect(Duration timeout, Handler handler) {
        HttpClientAgent client;
        try {
            client = clients.apply(timeout);
        } catch (RuntimeException none) {
            handler.failed(none);
            return () -> {};
        }
        ConnectingChannel channel = new ConnectingChannel();
        channel.begin(() -> client.connect(options)).onComplete((connection, error) -> {
            if (error == null) {
                verify(connection, handler);
            } else {
                handler.failed(error);
            }
        });
        return channel::close;
    }

    private void verify(HttpClientConnection connection, Handler handler) {
        if (tls == null || tls.insecureSkipVerify() || tls.subjectAltNames().isEmpty()) {
            handler.connected(connection);
            return;
        }
        try {
            SubjectAltNames.check(connection.sslSession(), tls.subjectAltNames());
        } catch (SSLException other) {
            var unused = connection.close();
            handler.failed(other);
            return;
        }
        handler.connected(connection);
    }

    /** Carries both the resolved address and the name, so that nothing is resolved on the loop. */
    private static SocketAddress address(String serverName, String literal, int port) {
        InetAddress ip = IpLiteral.parse(literal);
        if (ip == null) {
            throw new IllegalArgumentException(literal + " (expected: an IP literal)");
        }
        try {
            return SocketAddress.inetSocketAddress(
                    new InetSocketAddress(InetAddress.getByAddress(serverName, ip.getAddress()), port));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }
}
