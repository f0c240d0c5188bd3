package dev.sluice.bench.backend;

import dev.sluice.bench.wire.Http2Endpoint;
import dev.sluice.bench.wire.Http2Frames;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
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
    /** The answer to a gRPC call, in place of its length. */
    private static final int GRPC_ANSWER = -1;

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
        int bytes = AsciiString.contentEquals("GET", headers.method())
                ? Answers.asked(path::charAt, path.length())
                : AsciiString.contentEquals(GRPC, headers.get(CONTENT_TYPE)) ? GRPC_ANSWER : Answers.SHORT;
        if (end) {
            answer(ctx, id, bytes);
        } else {
            handler.connection().stream(id).setProperty(asked, bytes);
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
            Integer bytes = stream.getProperty(asked);
            answer(ctx, id, bytes);
        }
    }

    private void answer(ChannelHandlerContext ctx, int id, int bytes) {
        boolean grpc = bytes == GRPC_ANSWER;
        encoder.writeHeaders(ctx, id, grpc ? GRPC_HEAD : head(bytes), 0, bytes == 0, ctx.newPromise());
        if (grpc) {
            encoder.writeData(ctx, id, answers.grpc(), 0, false, ctx.newPromise());
            encoder.writeHeaders(ctx, id, GRPC_TRAILERS, 0, true, ctx.newPromise());
        } else if (bytes > 0) {
            encoder.writeData(ctx, id, answers.body(bytes), 0, true, ctx.newPromise());
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
