package dev.sluice.testkit;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 client of frames: sends exactly the frames that the test asks for, legal or not, and keeps every frame
 * that comes. It has no stream states and no rules; it only answers SETTINGS and PING, and gives flow-control credit
 * for DATA unless told not to.
 */
public final class RawH2Client implements AutoCloseable {

    private final H2Wire wire;
    private int nextStreamId = 1;

    private RawH2Client(Socket socket, Http2Settings settings) throws IOException {
        wire = H2Wire.client(socket, settings);
    }

    /** Connects to 127.0.0.1 in cleartext with prior knowledge. */
    public static RawH2Client connect(int port) throws IOException {
        return connect(port, new Http2Settings());
    }

    /** Connects from this address of the loopback network. */
    public static RawH2Client connectFrom(String address, int port) throws IOException {
        return new RawH2Client(
                new Socket(InetAddress.getLoopbackAddress(), port, InetAddress.getByName(address), 0),
                new Http2Settings());
    }

    /** Connects with these SETTINGS of ours. */
    public static RawH2Client connect(int port, Http2Settings settings) throws IOException {
        return new RawH2Client(new Socket(InetAddress.getLoopbackAddress(), port), settings);
    }

    /** Connects behind these bytes. */
    public static RawH2Client connect(int port, byte[] before) throws IOException {
        return new RawH2Client(RawHttp1.begun(port, before), new Http2Settings());
    }

    /** Connects with TLS behind these bytes in cleartext, offering {@code h2} by ALPN. */
    public static RawH2Client connectTls(int port, byte[] before, SSLContext context) throws IOException {
        return new RawH2Client(
                RawHttp1.tls(RawHttp1.begun(port, before), port, context, null, "h2"), new Http2Settings());
    }

    /**
     * Connects to 127.0.0.1 with TLS, offering {@code h2} by ALPN.
     *
     * @param sni the server name to ask for; null for none
     */
    public static RawH2Client connectTls(int port, SSLContext context, @Nullable String sni) throws IOException {
        var socket = RawHttp1.tls(port, context, sni, "h2");
        if (!socket.getApplicationProtocol().equals("h2")) {
            String chosen = socket.getApplicationProtocol();
            socket.close();
            throw new IOException("ALPN chose '" + chosen + "' (expected: h2)");
        }
        return new RawH2Client(socket, new Http2Settings());
    }

    /** The usual pseudo-headers in lower-case-checked fields; add more before sending. */
    public static Http2Headers head(String method, String path) {
        return new DefaultHttp2Headers(false)
                .method(method)
                .scheme("http")
                .authority("localhost")
                .path(path);
    }

    /** The next stream of ours, without sending anything. */
    public synchronized RawH2Stream newStream() {
        int id = nextStreamId;
        nextStreamId += 2;
        return wire.inbox().open(id);
    }

    /** Opens a stream with these header fields. */
    public RawH2Stream open(Http2Headers headers, boolean endStream) throws IOException {
        return newStream().headers(headers, endStream);
    }

    /** A whole GET. */
    public H2Response get(String path) throws IOException {
        return open(head("GET", path), true).response();
    }

    /** A whole request with a body, sent as fast as the peer's windows allow. */
    public H2Response send(Http2Headers headers, byte[] body) throws IOException {
        return open(headers, false).body(body).response();
    }

    /** Waits for the next GOAWAY that this method has not given yet. */
    public H2Frame.GoAway awaitGoAway() {
        return wire.inbox().awaitGoAway();
    }

    /** Waits for the peer's SETTINGS, the first ones. */
    public Map<Character, Long> awaitSettings() {
        return wire.inbox().awaitSettings();
    }

    /** Waits until the peer has closed the connection. */
    public void awaitClosed() {
        Eventually.holds("the server closes the HTTP/2 connection", wire.inbox()::isClosed);
    }

    /** Whether the peer keeps the connection open: it answers a PING. */
    public boolean isOpen() throws IOException {
        return wire.isOpen();
    }

    /** From now on DATA gets no flow-control credit, so that the peer must stop. */
    public void withholdCredit() {
        wire.inbox().giveCredit(false);
    }

    /** Sends WINDOW_UPDATE; stream 0 is the connection. */
    public void windowUpdate(int streamId, int bytes) throws IOException {
        wire.writeWindowUpdate(streamId, bytes);
    }

    /** Sends GOAWAY. */
    public void goAway(int lastStreamId, long code) throws IOException {
        wire.writeGoAway(lastStreamId, code);
    }

    /** Sends exactly these bytes. */
    public void sendRaw(byte[] bytes) throws IOException {
        wire.sendRaw(bytes);
    }

    /** Closes with RST. */
    public void abort() throws IOException {
        wire.abort();
    }

    @Override
    public void close() throws IOException {
        wire.close();
    }
}
