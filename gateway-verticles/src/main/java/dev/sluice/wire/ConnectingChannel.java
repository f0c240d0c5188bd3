package dev.sluice.wire;

import io.netty.channel.Channel;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Catches the channel of a connect that Vert.x has begun, so that it can be given up: Vert.x itself has no way to, and
 * waits without a bound for the SETTINGS of an HTTP/2 server that accepts and says nothing. Used on one event loop.
 */
public final class ConnectingChannel {

    private static final FastThreadLocal<ConnectingChannel> BEGINNING = new FastThreadLocal<>();

    private @Nullable Channel channel;

    /**
     * Begins a connect.
     *
     * @param connect calls Vert.x, whose channel is caught if it is made before this returns; a client's first one with TLS is not
     */
    public <T> T begin(Supplier<T> connect) {
        BEGINNING.set(this);
        try {
            return connect.get();
        } finally {
            BEGINNING.remove();
        }
    }

    /** Gives the connect up, which then fails; does nothing to one that was not caught. */
    public void close() {
        if (channel != null) {
            var unused = channel.close();
        }
    }

    /** A client's channel was made on this thread. */
    static void made(Channel channel) {
        ConnectingChannel beginning = BEGINNING.get();
        if (beginning != null && beginning.channel == null) {
            beginning.channel = channel;
        }
    }
}
