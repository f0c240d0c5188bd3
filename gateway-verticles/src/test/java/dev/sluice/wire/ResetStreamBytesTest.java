package dev.sluice.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Frames that wait for a client which does not read keep their bytes, also when their stream is reset meanwhile and
 * other streams read into fresh memory.
 */
class ResetStreamBytesTest {

    private static final int MIB = 1024 * 1024;
    /** More than the sockets between hold, so that frames wait in the gateway. */
    private static final int BODY = 8 * MIB;

    private static final int ROUNDS = 6;

    @RegisterExtension
    private final GatewayExtension gateways = new GatewayExtension();

    private final DefaultHttp2HeadersEncoder hpack = new DefaultHttp2HeadersEncoder();

    @Test
    void framesOfAResetStreamKeepTheirBytes() throws IOException, Http2Exception {
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            RawUpstream.Request request = connection.readRequest();
            while (request != null) {
                String letter = request.requestLine().substring(5, 6);
                connection.send("HTTP/1.1 200 OK\r\ncontent-length: " + BODY + "\r\n\r\n" + letter.repeat(BODY));
                request = connection.readRequest();
            }
        })) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            try (Socket client = new Socket()) {
                client.setReceiveBufferSize(4096);
                client.setSoTimeout(15_000);
                client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port()));
                OutputStream out = client.getOutputStream();
                out.write(ByteBufUtil.getBytes(Http2CodecUtil.connectionPrefaceBuf()));
                ByteBuf window = Unpooled.buffer().writeShort(Http2CodecUtil.SETTINGS_INITIAL_WINDOW_SIZE);
                frame(out, Http2FrameTypes.SETTINGS, 0, 0, window.writeInt(4 * BODY));
                frame(
                        out,
                        Http2FrameTypes.WINDOW_UPDATE,
                        0,
                        0,
                        Unpooled.buffer().writeInt(1 << 30));
                DataInputStream in = new DataInputStream(client.getInputStream());
                for (int round = 0; round < ROUNDS; round++) {
                    round(in, out, 1 + 4 * round);
                }
            }
        }
    }

    /** A stream that is reset while its frames wait, and another behind it, which is read to its end. */
    private void round(DataInputStream in, OutputStream out, int first) throws IOException, Http2Exception {
        get(out, first, "/a");
        int header = readUntilData(in, first); // then the client stops reading, and the socket fills
        frame(out, Http2FrameTypes.RST_STREAM, 0, first, Unpooled.buffer().writeInt(8));
        get(out, first + 2, "/b");
        skip(in, header, 'a');
        int read = 0;
        while (read < BODY) {
            int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            int stream = in.readInt();
            if (type == Http2FrameTypes.DATA) {
                skip(in, length, stream == first ? 'a' : 'b');
                read += stream == first ? 0 : length;
            } else {
                assertEquals(length, in.readNBytes(length).length, () -> "flags " + flags);
            }
        }
    }

    private static int readUntilData(DataInputStream in, int stream) throws IOException {
        while (true) {
            int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            int id = in.readInt();
            if (type == Http2FrameTypes.DATA && id == stream) {
                return length;
            }
            assertEquals(length, in.readNBytes(length).length, () -> "flags " + flags);
        }
    }

    private static void skip(DataInputStream in, int length, char expected) throws IOException {
        for (byte read : in.readNBytes(length)) {
            assertTrue(read == expected, () -> "a byte of another's: " + read);
        }
    }

    private void get(OutputStream out, int stream, String path) throws IOException, Http2Exception {
        Http2Headers head = RawH2Client.head("GET", path);
        ByteBuf block = Unpooled.buffer();
        hpack.encodeHeaders(stream, head, block);
        frame(out, Http2FrameTypes.HEADERS, 0x5, stream, block);
    }

    private static void frame(OutputStream out, int type, int flags, int stream, ByteBuf payload) throws IOException {
        ByteBuf frame = Unpooled.buffer()
                .writeMedium(payload.readableBytes())
                .writeByte(type)
                .writeByte(flags)
                .writeInt(stream)
                .writeBytes(payload);
        out.write(ByteBufUtil.getBytes(frame));
    }
}
