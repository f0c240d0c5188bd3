package dev.sluice.health;

import dev.sluice.upstream.Endpoint;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;

/** Whether a TCP connection can be opened. */
final class TcpProbe implements Probe {

    private final Vertx vertx;
    private final NetClient client;
    private final int port;

    /** @param port 0 for the endpoint's own */
    TcpProbe(Vertx vertx, NetClient client, int port) {
        this.vertx = vertx;
        this.client = client;
        this.port = port;
    }

    @Override
    public Future<String> ask(Endpoint endpoint, Duration timeout) {
        ProbeAttempt<NetSocket> attempt = new ProbeAttempt<>(vertx, timeout, NetSocket::close);
        ConnectOptions options = new ConnectOptions()
                .setRemoteAddress(SocketAddress.inetSocketAddress(port == 0 ? endpoint.port() : port, endpoint.ip()))
                .setTimeout((int) timeout.toMillis());
        ProbeConnect<NetSocket> connect = new ProbeConnect<>(client.connect(options), () -> {}); // gives itself up
        return attempt.begin(connect, socket -> attempt.succeeded("connected"));
    }
}
