package dev.sluice.bench.load;

import io.netty.channel.ChannelHandler;
import org.jspecify.annotations.Nullable;

/** A connection over TCP, plain or TLS, as {@link TcpConnector} drives it. */
interface TcpConnection extends Connection {

    /** @return what reads and writes its bytes */
    ChannelHandler handler();

    /** It is connected and any TLS handshake is done. */
    void ready();

    /**
     * It is closed; once.
     *
     * @param reason why, null when either side closed it in good order
     */
    void lost(@Nullable String reason);
}
