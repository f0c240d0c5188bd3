package dev.sluice.wire;

import dev.sluice.config.ClientTerms;
import dev.sluice.stream.Flood;
import dev.sluice.wire.FieldRules.Verdict;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3Exception;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3HeadersValidationException;
import io.netty.handler.codec.http3.Http3UnknownFrame;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamResetException;
import io.netty.util.ReferenceCountUtil;

/**
 * Between Netty's codec and Vert.x on one HTTP/3 request stream: ends streams whose messages are malformed with
 * H3_MESSAGE_ERROR, notes heads beyond the limits, and keeps the trailers, which Vert.x drops.
 *
 * <p>Netty looks at the length of a body too, but only once Vert.x has taken it for complete, and tells of what is
 * malformed by an exception at which Vert.x closes the stream as if nothing were wrong.
 */
final class Http3Request extends ChannelInboundHandlerAdapter {

    private final QuicStreamChannel stream;
    private final ClientTerms.Head limits;
    private final FloodGuard guard;
    private Verdict verdict = Verdict.VALID;
    private FieldLines trailers = FieldLines.NONE;
    private boolean headRead;
    private boolean broken;
    /** Body bytes that are still to come; negative when no length is declared. */
    private long remaining = -1;

    Http3Request(QuicStreamChannel stream, ClientTerms.Head limits, FloodGuard guard) {
        this.stream = stream;
        this.limits = limits;
        this.guard = guard;
    }

    FieldLines trailers() {
        return trailers;
    }

    /** Of the head. */
    Verdict verdict() {
        return verdict;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
        if (!broken && frame instanceof Http3HeadersFrame section) {
            fields(ctx, section.headers());
        } else if (!broken && frame instanceof Http3DataFrame data) {
            body(ctx, data.content().readableBytes());
        }
        if (frame instanceof Http3UnknownFrame && guard.count(Flood.UNKNOWN_FRAMES)) {
            calm();
        }
        if (broken) {
            ReferenceCountUtil.release(frame);
        } else {
            ctx.fireChannelRead(frame);
        }
    }

    private void fields(ChannelHandlerContext ctx, Http3Headers fields) {
        if (headRead) {
            switch (FieldRules.trailers(fields, limits)) {
                case VALID -> trailers = fields.isEmpty() ? FieldLines.NONE : FieldRules.copy(fields);
                case MALFORMED, TARGET_TOO_LONG -> fail(ctx, Http3ErrorCode.H3_MESSAGE_ERROR);
                case TOO_LARGE -> fail(ctx, Http3ErrorCode.H3_EXCESSIVE_LOAD);
            }
            return;
        }
        headRead = true;
        verdict = FieldRules.head(fields, limits);
        if (verdict == Verdict.MALFORMED) {
            fail(ctx, Http3ErrorCode.H3_MESSAGE_ERROR);
        } else {
            remaining = FieldRules.contentLength(fields);
        }
    }

    private void body(ChannelHandlerContext ctx, int length) {
        if (remaining >= 0) {
            if (length > remaining) {
                fail(ctx, Http3ErrorCode.H3_MESSAGE_ERROR);
            } else {
                remaining -= length;
            }
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE && !broken) {
            if (!headRead) {
                fail(ctx, Http3ErrorCode.H3_REQUEST_INCOMPLETE);
            } else if (remaining > 0) {
                fail(ctx, Http3ErrorCode.H3_MESSAGE_ERROR);
            }
        }
        if (!broken) {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof Http3Exception http3) {
            fail(ctx, http3.errorCode());
        } else if (cause instanceof Http3HeadersValidationException || cause instanceof IllegalArgumentException) {
            fail(ctx, Http3ErrorCode.H3_MESSAGE_ERROR);
        } else {
            boolean byClient = cause instanceof QuicStreamResetException;
            ctx.fireExceptionCaught(cause);
            if (byClient && guard.reset(stream.streamId(), stream.isOutputShutdown())) {
                calm();
            }
        }
    }

    /** Ends the connection. */
    private void calm() {
        Http3Requests.calm(stream.parent());
    }

    /** Ends both directions, then tells Vert.x as if the client had reset the stream, so that the exchange is aborted. */
    private void fail(ChannelHandlerContext ctx, Http3ErrorCode code) {
        if (!broken) {
            broken = true;
            if (guard.count(Flood.PROVOKED_RESETS)) {
                calm();
                return;
            }
            var unused = stream.shutdown(code.code());
            ctx.fireExceptionCaught(new QuicStreamResetException(code.name(), code.code()));
        }
    }
}
