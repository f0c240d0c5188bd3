package dev.sluice.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameWriter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 client of frames: sends exactly the frames that the test asks for, legal or not, and keeps every frame
 * that comes. It has no stream states and no rules; it only answers SETTINGS and PING, and gives flow-control credit
 * for DATA unless told not to.
 */
public final class RawH2Client implements AutoCloseable {

    /** One call of the frame writer. */
    @FunctionalInterface
    private interface Write {
        ChannelFuture to(ChannelHandlerContext context);
    }

    private final Socket socket;
    private final OutputStream out;
    private final EmbeddedChannel encoder = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
    private final ChannelHandlerContext encoderContext = encoder.pipeline().firstContext();
    private final Http2FrameWriter writer = new DefaultHttp2FrameWriter();
    private final H2Inbox inbox;
    private int nextStreamId = 1;

    private RawH2Client(Socket socket, Http2Settings settings) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        out = socket.getOutputStream();
        inbox = new H2Inbox(this);
        sendRaw(ByteBufUtil.getBytes(Http2CodecUtil.connectionPrefaceBuf()));
        write(context -> writer.writeSettings(context, settings, context.newPromise()));
        Thread reader = new Thread(this::read, "raw-h2-client");
        reader.setDaemon(true);
        reader.start();
    }

    /** Connects to 127.0.0.1 in cleartext with prior knowledge. */
    public static RawH2Client connect(int port) throws IOException {
        return connect(port, new Http2Settings());
    }

    /** Connects with these SETTINGS of ours. */
    public static RawH2Client connect(int port, Http2Settings settings) throws IOException {
        return new RawH2Client(new Socket(InetAddress.getLoopbackAddress(), port), settings);
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
        return inbox.open(id);
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
        return inbox.awaitGoAway();
    }

    /** Waits for the peer's SETTINGS, the first ones. */
    public Map<Character, Long> awaitSettings() {
        return inbox.awaitSettings();
    }

    /** Waits until the peer has closed the connection. */
    public void awaitClosed() {
        Eventually.holds("the server closes the HTTP/2 connection", inbox::isClosed);
    }

    /** Whether the peer keeps the connection open: it answers a PING. */
    public boolean isOpen() throws IOException {
        if (inbox.isClosed()) {
            return false;
        }
        long before = inbox.pings();
        try {
            write(context -> writer.writePing(context, false, before, context.newPromise()));
        } catch (IOException e) {
            return false;
        }
        Eventually.holds(
                "a PING is answered, or the connection closed", () -> inbox.pings() > before || inbox.isClosed());
        return !inbox.isClosed();
    }

    /** From now on DATA gets no flow-control credit, so that the peer must stop. */
    public void withholdCredit() {
        inbox.giveCredit(false);
    }

    /** Sends WINDOW_UPDATE; stream 0 is the connection. */
    public void windowUpdate(int streamId, int bytes) throws IOException {
        write(context -> writer.writeWindowUpdate(context, streamId, bytes, context.newPromise()));
    }

    /** Sends GOAWAY. */
    public void goAway(int lastStreamId, long code) throws IOException {
        write(context -> writer.writeGoAway(context, lastStreamId, code, Unpooled.EMPTY_BUFFER, context.newPromise()));
    }

    /** Sends exactly these bytes. */
    public synchronized void sendRaw(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** Closes with RST. */
    public void abort() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    H2Inbox inbox() {
        return inbox;
    }

    void writeHeaders(int streamId, Http2Headers headers, boolean endStream) throws IOException {
        write(context -> writer.writeHeaders(context, streamId, headers, 0, endStream, context.newPromise()));
    }

    void writeData(int streamId, byte[] bytes, boolean endStream) throws IOException {
        write(context ->
                writer.writeData(context, streamId, Unpooled.wrappedBuffer(bytes), 0, endStream, context.newPromise()));
    }

    void writeReset(int streamId, long code) throws IOException {
        write(context -> writer.writeRstStream(context, streamId, code, context.newPromise()));
    }

    void writeSettingsAck() throws IOException {
        write(context -> writer.writeSettingsAck(context, context.newPromise()));
    }

    void writePingAck(long data) throws IOException {
        write(context -> writer.writePing(context, true, data, context.newPromise()));
    }

    /** Encodes through Netty's writer into memory, then sends. */
    private synchronized void write(Write frame) throws IOException {
        ChannelFuture encoded = frame.to(encoderContext);
        encoder.flush();
        if (encoded.cause() != null) {
            throw new IOException("cannot be encoded", encoded.cause());
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (ByteBuf buf = encoder.readOutbound(); buf != null; buf = encoder.readOutbound()) {
            bytes.writeBytes(ByteBufUtil.getBytes(buf));
            buf.release();
        }
        sendRaw(bytes.toByteArray());
    }

    private void read() {
        EmbeddedChannel decoder = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
        ChannelHandlerContext context = decoder.pipeline().firstContext();
        ByteBuf pending = Unpooled.buffer();
        try (DefaultHttp2FrameReader reader = new DefaultHttp2FrameReader(false)) {
            byte[] buffer = new byte[64 * 1024];
            for (int n = socket.getInputStream().read(buffer);
                    n >= 0;
                    n = socket.getInputStream().read(buffer)) {
                pending.writeBytes(buffer, 0, n);
                int before;
                do {
                    before = pending.readableBytes();
                    reader.readFrame(context, pending, inbox);
                } while (pending.readableBytes() < before);
                pending.discardReadBytes();
            }
            inbox.closed("FIN");
        } catch (IOException | Http2Exception e) {
            inbox.closed(e.toString());
        } finally {
            pending.release();
            var unused = decoder.finishAndReleaseAll();
        }
    }

    static String utf8(ByteBuf bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
