package dev.sluice.upstream;

import dev.sluice.config.Defaults;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;
import io.vertx.core.http.HttpClientConnection;
import java.time.Duration;

/**
 * Connects by HTTP/3, and by TLS over TCP where that cannot be had: UDP may be blocked on the way, and one endpoint of
 * several may not speak it. After a failure HTTP/3 is left alone for a while, which grows with each further one.
 */
final class FallbackConnector implements ConnectionPool.Connector {

    private final Loop loop;
    private final ConnectionPool.Connector http3;
    private final ConnectionPool.Connector tcp;
    private final NegativeCache failures = new NegativeCache();

    FallbackConnector(Loop loop, ConnectionPool.Connector http3, ConnectionPool.Connector tcp) {
        this.loop = loop;
        this.http3 = http3;
        this.tcp = tcp;
    }

    @Override
    public void connect(Duration timeout, Handler handler) {
        if (failures.blocks(loop.nanoTime())) {
            tcp.connect(timeout, handler);
            return;
        }
        Duration half = timeout.dividedBy(2);
        Duration headStart = half.compareTo(Defaults.H3_CONNECT_TIMEOUT) < 0 ? half : Defaults.H3_CONNECT_TIMEOUT;
        new Attempt(handler, timeout.minus(headStart)).start(headStart);
    }

    private final class Attempt extends Timeout implements Handler {

        private final Handler handler;
        private final Duration rest;
        private boolean over;

        Attempt(Handler handler, Duration rest) {
            this.handler = handler;
            this.rest = rest;
        }

        void start(Duration headStart) {
            loop.timer().arm(this, headStart.toMillis());
            http3.connect(headStart, this);
        }

        @Override
        public void connected(HttpClientConnection connection) {
            if (over) {
                var unused = connection.close();
                return;
            }
            over = true;
            loop.timer().cancel(this);
            failures.succeeded();
            handler.connected(connection);
        }

        @Override
        public void failed(Throwable cause) {
            expired();
        }

        @Override
        protected void expired() {
            if (!over) {
                over = true;
                loop.timer().cancel(this);
                failures.failed(loop.nanoTime());
                tcp.connect(rest, handler);
            }
        }
    }
}
