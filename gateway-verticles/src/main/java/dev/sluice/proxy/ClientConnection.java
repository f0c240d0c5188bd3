package dev.sluice.proxy;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.filter.CloseReason;
import dev.sluice.filter.CloseReason.Cause;
import dev.sluice.filter.ConnectionContext;
import dev.sluice.observe.ConnectionRecord;
import dev.sluice.wire.ClientClose;
import dev.sluice.wire.ClientTls;
import dev.sluice.wire.ConnectionEnd;
import dev.sluice.wire.GoAways;
import dev.sluice.wire.IpLiteral;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** One client connection on its loop: who it is, since when it does nothing, and why it ends. Idle ones are many. */
final class ClientConnection implements ConnectionContext {

    /** Its multiples spread evenly over 0..1, however many there are. */
    private static final double GOLDEN_RATIO = 0.6180339887498949;

    /** A PING's payload has eight bytes. */
    private static final String PING = "drained?";

    private final ProxyHandler proxy;
    private final HttpConnection connection;
    private final String ip;
    private final long number;
    private final long openedNanos;
    private int exchanges;
    private long requests;
    private long idleSinceNanos;
    /** When its client was last told. */
    private long toldNanos;

    private boolean retiring;
    private boolean draining;
    private boolean heard;
    private boolean retired;
    private boolean leaving;
    private boolean over;
    private @Nullable CloseReason reason;
    private @Nullable Promise<CloseReason> closed;
    private @Nullable Map<Object, Object> items;

    /** @param number no other connection of the loop has it */
    ClientConnection(ProxyHandler proxy, HttpConnection connection, long number, long nowNanos) {
        this.proxy = proxy;
        this.connection = connection;
        this.number = number;
        this.openedNanos = nowNanos;
        this.idleSinceNanos = nowNanos;
        SocketAddress peer = connection.remoteAddress();
        String address = peer == null ? null : peer.hostAddress();
        this.ip = address == null ? "unknown" : held(IpLiteral.canonical(address), peer.host());
    }

    /** The one of two equal strings that Vert.x holds anyway, as long as the connection lives. */
    private static String held(String text, @Nullable String host) {
        return host != null && host.equals(text) ? host : text;
    }

    HttpConnection connection() {
        return connection;
    }

    /** The peer's literal IP; {@code unknown} for a Unix-domain socket. */
    String ip() {
        return ip;
    }

    /** The number of the request that begins. */
    long exchangeStarted() {
        exchanges++;
        return ++requests;
    }

    void exchangeFinished(long nowNanos) {
        exchanges--;
        idleSinceNanos = nowNanos;
    }

    boolean isHttp1() {
        return protocol().compareTo(HttpVersion.HTTP_2) < 0;
    }

    boolean idle() {
        return exchanges == 0;
    }

    /** Whether it has been without an exchange for so long; never for zero. */
    boolean isIdle(Duration timeout, long nowNanos) {
        return idle() && !timeout.isZero() && nowNanos - idleSinceNanos >= timeout.toNanos();
    }

    /** Whether it is as old as that, give or take up to a tenth, so that those of one moment end in many; never for zero. */
    boolean isOlder(Duration age, long nowNanos) {
        return !age.isZero() && nowNanos - openedNanos >= age.toNanos() * (0.9 + 0.2 * share());
    }

    /** Where it stands among all: 0..1, spread evenly, so that what is done to all by that comes one after the other. */
    double share() {
        return (number * GOLDEN_RATIO) % 1;
    }

    /**
     * It shall end, and its client is told so: HTTP/1 by its next response, HTTP/2 and 3 by a GOAWAY that still takes
     * every stream.
     *
     * @param cause {@link Cause#LIMIT} or {@link Cause#DRAIN}
     * @param why for the client, in one word: GOAWAY's debug data
     */
    void retire(Cause cause, String why, long nowNanos) {
        closing(cause, "");
        retiring = true;
        draining = cause == Cause.DRAIN;
        toldNanos = nowNanos;
        GoAways.announce(connection, why);
        if (protocol() == HttpVersion.HTTP_2) {
            // Its answer says that the client has read the GOAWAY before it.
            connection.ping(Buffer.buffer(PING)).onSuccess(pong -> heard = true);
        }
    }

    boolean retiring() {
        return retiring;
    }

    /** Whether it is retiring because something is being drained, and not for its age. */
    boolean draining() {
        return draining;
    }

    /**
     * Ends it if its client has had the time to hear of that: HTTP/2 and 3 name the last stream, HTTP/1 and 3 close when
     * nothing is in flight. Call again until it is closed.
     *
     * @param notice how long a client may take to hear; also how long HTTP/1 and 3 wait behind the last response, and
     *     HTTP/3 behind its last GOAWAY: QUIC sends again what was lost of them, but not once the connection is closed
     */
    void conclude(Duration notice, long nowNanos) {
        boolean told = nowNanos - toldNanos >= notice.toNanos();
        boolean quiet = idle() && told && nowNanos - idleSinceNanos >= notice.toNanos();
        switch (protocol()) {
            case HTTP_2 -> {
                if (!retired && (heard || told)) {
                    retired = true;
                    GoAways.conclude(connection);
                }
            }
            case HTTP_3 -> {
                if (!retired && told) {
                    retired = true;
                    toldNanos = nowNanos;
                    GoAways.conclude(connection);
                } else if (retired && quiet) {
                    ConnectionEnd.closeTold(connection);
                }
            }
            default -> {
                if (!retired && quiet) {
                    retired = true;
                    leaving = true;
                    // What the client sends now must not turn the close into a reset.
                    ClientClose.linger(connection, Defaults.GOAWAY_NOTICE.toMillis(), ClientTerms.UNLIMITED);
                }
            }
        }
    }

    long openedNanos() {
        return openedNanos;
    }

    /** Whether an HTTP/1 response that has not begun is the last, and no request is served after it. */
    boolean leaving() {
        return leaving;
    }

    /** The response that begins now says that nothing follows. */
    void lastResponse() {
        leaving = true;
    }

    /** The gateway is about to close it; the first cause is the one that counts. */
    void closing(Cause cause, String text) {
        if (reason == null) {
            reason = new CloseReason(cause, text);
        }
    }

    /** It is closed: by the client, unless somebody here said why. */
    CloseReason over() {
        over = true;
        closing(Cause.CLIENT, "");
        CloseReason why = reason();
        if (closed != null) {
            closed.complete(why);
        }
        return why;
    }

    /** What the admin API shows of it. */
    ConnectionRecord record(long nowNanos) {
        SSLSession tls = feature(SSLSession.class);
        return new ConnectionRecord(
                id(),
                protocol(),
                remoteAddress().toString(),
                localAddress().toString(),
                tls == null ? null : tls.getProtocol(),
                serverName(),
                alpn(),
                openedNanos,
                requests,
                exchanges,
                idle() ? nowNanos - idleSinceNanos : -1);
    }

    @Override
    public String id() {
        return proxy.via().pseudonym() + '-' + proxy.loop().index() + '-' + number;
    }

    @Override
    public SocketAddress remoteAddress() {
        return known(connection.remoteAddress());
    }

    @Override
    public SocketAddress localAddress() {
        return known(connection.localAddress());
    }

    @Override
    public SocketAddress peerAddress() {
        return known(connection.remoteAddress(true));
    }

    @Override
    public Transport transport() {
        return protocol() == HttpVersion.HTTP_3 ? Transport.QUIC : Transport.TCP;
    }

    @Override
    public HttpVersion protocol() {
        return connection.protocolVersion();
    }

    @Override
    public @Nullable String serverName() {
        return connection.indicatedServerName();
    }

    @Override
    public @Nullable String alpn() {
        return ClientTls.alpn(connection);
    }

    @Override
    public <T> @Nullable T feature(Class<T> type) {
        return type == SSLSession.class ? type.cast(connection.sslSession()) : null;
    }

    @Override
    public Map<Object, Object> items() {
        if (items == null) {
            items = new HashMap<>();
        }
        return items;
    }

    @Override
    public long requests() {
        return requests;
    }

    @Override
    public Future<CloseReason> closed() {
        if (over) {
            return Future.succeededFuture(reason());
        }
        if (closed == null) {
            closed = Promise.promise();
        }
        return closed.future();
    }

    @Override
    public void abort(String why) {
        if (!over) {
            reason = new CloseReason(Cause.ABORTED, why); // whatever else was under way
            proxy.traffic().abortExchanges(this, why);
            ConnectionEnd.abort(connection);
        }
    }

    @Override
    public void close() {
        if (over || leaving) {
            return;
        }
        leaving = true;
        closing(Cause.CLOSED, "");
        if (protocol() == HttpVersion.HTTP_2 || protocol() == HttpVersion.HTTP_3) {
            var unused = connection.shutdown(Defaults.DRAIN_DEADLINE);
        } else if (idle()) {
            ConnectionEnd.close(connection);
        }
        // else after the response in flight
    }

    private CloseReason reason() {
        CloseReason why = reason;
        return why == null ? new CloseReason(Cause.CLIENT, "") : why;
    }

    /** A QUIC connection has no address any more once it is closed. */
    private SocketAddress known(@Nullable SocketAddress address) {
        return address == null ? SocketAddress.inetSocketAddress(0, ip) : address;
    }
}
