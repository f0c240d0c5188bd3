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
final class FallbackConnector implements Connector {

    private final Loop loop;
    private final Connector http3;
    private final Connector tcp;
    private final NegativeCache failures;

    FallbackConnector(Loop loop, Connector http3, Connector tcp, NegativeCache failures) {
        this.failures = failures;
        this.loop = loop;
        this.http3 = http3;
        this.tcp = tcp;
    }

    @Override
    public Runnable connect(Duration timeout, Handler handler) {
        if (failures.blocks(loop.nanoTime())) {
            return tcp.connect(timeout, handler);
        }
        Duration half = timeout.dividedBy(2);
        Duration headStart = half.compareTo(Defaults.H3_CONNECT_TIMEOUT) < 0 ? half : Defaults.H3_CONNECT_TIMEOUT;
        return new Attempt(handler, timeout.minus(headStart)).start(headStart);
    }

    private final class Attempt extends Timeout implements Handler {

        private final Handler handler;
        private final Duration rest;
        private Runnable giveUp = () -> {};
        private boolean over;

        Attempt(Handler handler, Duration rest) {
            this.handler = handler;
            this.rest = rest;
        }

        Runnable start(Duration headStart) {
            loop.timer().arm(this, headStart.toMillis());
            Runnable withHttp3 = http3.connect(headStart, this);
            if (!over) {
                giveUp = withHttp3;
            }
            return this::cancel;
        }

        private void cancel() {
            over = true;
            loop.timer().cancel(this);
            giveUp.run();
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
                giveUp.run();
                giveUp = tcp.connect(rest, handler);
            }
        }
    }
}
