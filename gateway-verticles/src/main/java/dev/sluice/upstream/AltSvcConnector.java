package dev.sluice.upstream;

import dev.sluice.loop.Loop;
import dev.sluice.wire.UpstreamConnection;
import java.time.Duration;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Connects by TLS over TCP until the endpoint announces HTTP/3 in a response, and by that as long as it may. */
final class AltSvcConnector implements Connector {

    private final Loop loop;
    private final String host;
    private final Connector tcp;
    private final IntFunction<Connector> http3;
    private final NegativeCache failures = new NegativeCache();
    private @Nullable Connector alternative;
    private int port;
    private long expiresNanos;

    /** @param http3 connects to the endpoint's address by HTTP/3, by the port */
    AltSvcConnector(Loop loop, String host, Connector tcp, IntFunction<Connector> http3) {
        this.loop = loop;
        this.host = host;
        this.tcp = tcp;
        this.http3 = http3;
    }

    @Override
    public Runnable connect(Duration timeout, Handler handler) {
        Connector announced = loop.nanoTime() - expiresNanos < 0 ? alternative : null;
        return (announced == null ? tcp : announced).connect(timeout, handler);
    }

    @Override
    public void watch(UpstreamConnection connection, Moves moves) {
        connection.onAltSvc(field -> {
            AltSvc said = AltSvc.parse(field, host);
            if (said != null && said.port() == 0) {
                if (alternative != null) {
                    alternative = null;
                    moves.leaveHttp3();
                }
            } else if (said != null) {
                announced(said);
                if (!failures.blocks(loop.nanoTime())) {
                    moves.toHttp3();
                }
            }
        });
    }

    private void announced(AltSvc said) {
        expiresNanos = loop.nanoTime() + said.maxAge().toNanos();
        if (alternative == null || port != said.port()) {
            port = said.port();
            alternative = new FallbackConnector(loop, http3.apply(port), tcp, failures);
        }
    }
}
