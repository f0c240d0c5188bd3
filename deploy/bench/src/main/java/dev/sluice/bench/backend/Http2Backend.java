package dev.sluice.bench.backend;

import dev.sluice.bench.wire.Http2Endpoint;
import dev.sluice.bench.wire.Http2Frames;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;

/** One HTTP/2 connection of the backend. Netty flushes what it wrote when a read is over. */
@SuppressWarnings("FutureReturnValueIgnored") // a write fails only when its connection has
final class Http2Backend extends Http2Frames {

    private static final AsciiString OK = AsciiString.cached("200");
    private static final AsciiString CONTENT_TYPE = AsciiString.cached("content-type");
    private static final AsciiString GRPC = AsciiString.cached("application/grpc");
    private static final Http2Headers GRPC_HEAD = ReadOnlyHttp2Headers.serverHeaders(false, OK, CONTENT_TYPE, GRPC);
    private static final Http2Headers GRPC_TRAILERS =
            ReadOnlyHttp2Headers.trailers(false, AsciiString.cached("grpc-status"), AsciiString.cached("0"));
    private static final Http2Headers SHORT_HEAD = newHead(Answers.SHORT);

    /**
     * What a request asks for.
     *
     * @param messages of gRPC; 0 for a plain body
     * @param bytes of each message, or of the body
     */
    private record Asked(int messages, int bytes) {}

    private static final Asked UNARY = new Asked(1, Answers.SHORT);
    private static final Asked STREAM = new Asked(1_000, Answers.STREAMED);
    private static final Asked LARGE = new Asked(1, Answers.LONG);
    private static final Asked SHORT = new Asked(0, Answers.SHORT);

    private final Answers answers;
    private final Http2ConnectionHandler handler = Http2Endpoint.handler(true, this);
    private final Http2ConnectionEncoder encoder = handler.encoder();
    private final Http2Connection.PropertyKey asked = handler.connection().newKey();

    Http2Backend(Answers answers) {
        this.answers = answers;
    }

    Http2ConnectionHandler handler() {
        return handler;
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
        Http2Endpoint.openWindow(handler.connection());
    }

    @Override
    public void onHeadersRead(ChannelHandlerContext ctx, int id, Http2Headers headers, int padding, boolean end) {
        CharSequence path = headers.path();
        if (path == null) {
            answerAtEnd(ctx, id, end);
            return;
        }
        Asked what = AsciiString.contentEquals("GET", headers.method())
                ? new Asked(0, Answers.asked(path::charAt, path.length()))
                : AsciiString.contentEquals(GRPC, headers.get(CONTENT_TYPE)) ? grpc(path) : SHORT;
        if (end) {
            answer(ctx, id, what);
        } else {
            handler.connection().stream(id).setProperty(asked, what);
        }
    }

    @Override
    public int onDataRead(ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean end) {
        answerAtEnd(ctx, id, end);
        return data.readableBytes() + padding;
    }

    private void answerAtEnd(ChannelHandlerContext ctx, int id, boolean end) {
        Http2Stream stream = handler.connection().stream(id);
        if (end && stream != null) {
            Asked what = stream.getProperty(asked);
            answer(ctx, id, what);
        }
    }

    /** By the method's name; a unary call of a small message unless it says otherwise. */
    private static Asked grpc(CharSequence path) {
        return AsciiString.contentEquals("/bench.Echo/Stream", path)
                ? STREAM
                : AsciiString.contentEquals("/bench.Echo/Large", path) ? LARGE : UNARY;
    }

    private void answer(ChannelHandlerContext ctx, int id, Asked what) {
        if (what.messages() > 0) {
            answerGrpc(ctx, id, what);
            return;
        }
        int bytes = what.bytes();
        encoder.writeHeaders(ctx, id, head(bytes), 0, bytes == 0, ctx.newPromise());
        if (bytes > 0) {
            encoder.writeData(ctx, id, answers.body(bytes), 0, true, ctx.newPromise());
        }
    }

    /** Each message has a DATA frame of its own, as if it had come about by itself, as long as there is a window. */
    private void answerGrpc(ChannelHandlerContext ctx, int id, Asked what) {
        encoder.writeHeaders(ctx, id, GRPC_HEAD, 0, false, ctx.newPromise());
        for (int i = 0; i < what.messages(); i++) {
            encoder.writeData(ctx, id, answers.grpc(what.bytes()), 0, false, ctx.newPromise());
            if (what.messages() > 1) {
                writePending();
            }
        }
        encoder.writeHeaders(ctx, id, GRPC_TRAILERS, 0, true, ctx.newPromise());
    }

    private void writePending() {
        try {
            encoder.flowController().writePendingBytes();
        } catch (Http2Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static Http2Headers head(int bytes) {
        return bytes == Answers.SHORT ? SHORT_HEAD : newHead(bytes);
    }

    private static Http2Headers newHead(int bytes) {
        return ReadOnlyHttp2Headers.serverHeaders(
                false,
                OK,
                CONTENT_TYPE,
                AsciiString.cached("application/octet-stream"),
                AsciiString.cached("content-length"),
                AsciiString.of(Integer.toString(bytes)));
    }
}
