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
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameWriter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection of either side: frames of the test's choosing go out, legal or not, and all that comes goes to
 * an {@link H2Inbox}. Netty only encodes and decodes; there are no stream states and no rules.
 */
final class H2Wire {

    /** One call of the frame writer. */
    @FunctionalInterface
    private interface Write {
        ChannelFuture to(ChannelHandlerContext context);
    }

    private static final byte[] PREFACE = ByteBufUtil.getBytes(Http2CodecUtil.connectionPrefaceBuf());

    private final Socket socket;
    private final boolean server;
    private final OutputStream out;
    private final EmbeddedChannel encoder = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
    private final ChannelHandlerContext encoderContext = encoder.pipeline().firstContext();
    private final Http2FrameWriter writer = new DefaultHttp2FrameWriter();
    private final H2Inbox inbox;

    private H2Wire(Socket socket, @Nullable Consumer<RawH2Stream> acceptor) throws IOException {
        this.socket = socket;
        this.server = acceptor != null;
        socket.setTcpNoDelay(true);
        out = socket.getOutputStream();
        inbox = new H2Inbox(this, acceptor);
    }

    /** Takes a connected socket as the client. */
    static H2Wire client(Socket socket, Http2Settings settings) throws IOException {
        H2Wire wire = new H2Wire(socket, null);
        wire.sendRaw(PREFACE);
        wire.start(settings);
        return wire;
    }

    /** Takes an accepted socket as the server. */
    static H2Wire server(Socket socket, Http2Settings settings, Consumer<RawH2Stream> acceptor) throws IOException {
        H2Wire wire = new H2Wire(socket, acceptor);
        wire.start(settings);
        return wire;
    }

    private void start(Http2Settings settings) throws IOException {
        writeSettings(settings);
        Thread reader = new Thread(this::read, "raw-h2");
        reader.setDaemon(true);
        reader.start();
    }

    H2Inbox inbox() {
        return inbox;
    }

    /** Whether the peer answers a PING. */
    boolean isOpen() throws IOException {
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

    void writeSettings(Http2Settings settings) throws IOException {
        write(context -> writer.writeSettings(context, settings, context.newPromise()));
    }

    void writeSettingsAck() throws IOException {
        write(context -> writer.writeSettingsAck(context, context.newPromise()));
    }

    void writePingAck(long data) throws IOException {
        write(context -> writer.writePing(context, true, data, context.newPromise()));
    }

    void writeWindowUpdate(int streamId, int bytes) throws IOException {
        write(context -> writer.writeWindowUpdate(context, streamId, bytes, context.newPromise()));
    }

    void writeGoAway(int lastStreamId, long code) throws IOException {
        write(context -> writer.writeGoAway(context, lastStreamId, code, Unpooled.EMPTY_BUFFER, context.newPromise()));
    }

    synchronized void sendRaw(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    void abort() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    void close() throws IOException {
        socket.close();
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
            InputStream in = socket.getInputStream();
            if (server && !Arrays.equals(in.readNBytes(PREFACE.length), PREFACE)) {
                throw new IOException("the client does not begin with HTTP/2's preface");
            }
            byte[] buffer = new byte[64 * 1024];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
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
}
