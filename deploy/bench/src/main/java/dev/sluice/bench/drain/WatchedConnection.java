package dev.sluice.bench.drain;

import static java.util.Objects.requireNonNull;

import dev.sluice.bench.load.StreamAnswer;
import dev.sluice.bench.wire.Http3Client;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3Exception;
import io.netty.handler.codec.http3.Http3GoAwayFrame;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicException;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** What one client has seen. It closes nothing by itself. Used from its event loop only. */
@SuppressWarnings("FutureReturnValueIgnored") // a write fails only when its stream or connection has
final class WatchedConnection implements Http3Client.User {

    /** Who hears of connections. */
    interface Listener {

        /** @param answers complete ones so far; a failure is not among them */
        void answered(int answers, @Nullable String failure);

        void closed(@Nullable String problem);
    }

    private final boolean isBusy;
    private final Channel socket;
    private final Listener listener;
    private final JsonArray goAways = new JsonArray();
    private @Nullable QuicChannel channel;
    private int answers;
    private @Nullable String problem;
    private @Nullable Integer code;
    private @Nullable Boolean isApplications;
    private @Nullable Double closed;

    WatchedConnection(boolean isBusy, Channel socket, Listener listener) {
        this.isBusy = isBusy;
        this.socket = socket;
        this.listener = listener;
    }

    boolean isBusy() {
        return isBusy;
    }

    /**
     * Times are seconds of the machine's monotonic clock: {@code busy}, {@code goaways} (pairs of time and id), {@code
     * answers} (complete ones), {@code problem} (the first), {@code closed} (when the server's close came, or the
     * connection ended otherwise), {@code code} and {@code application} (of its CONNECTION_CLOSE, RFC 9000 section 19.19).
     */
    JsonObject seen() {
        return new JsonObject()
                .put("busy", isBusy)
                .put("goaways", goAways)
                .put("answers", answers)
                .put("problem", problem)
                .put("closed", closed)
                .put("code", code)
                .put("application", isApplications);
    }

    /** Sends a request and reads its answer. */
    void ask(String path) {
        Http3.newRequestStream(requireNonNull(channel), new Answer())
                .addListener((Future<QuicStreamChannel> created) -> {
                    if (created.isSuccess()) {
                        created.getNow()
                                .writeAndFlush(new DefaultHttp3HeadersFrame(new DefaultHttp3Headers()
                                        .method("GET")
                                        .scheme("https")
                                        .authority("localhost")
                                        .path(path)))
                                .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
                    } else {
                        fail("no stream to be had: " + created.cause().getMessage());
                    }
                });
    }

    @Override
    public ChannelHandler control() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object frame) {
                if (frame instanceof Http3GoAwayFrame goAway) {
                    goAways.add(new JsonArray().add(now()).add(goAway.id()));
                }
                ReferenceCountUtil.release(frame);
            }
        };
    }

    @Override
    public ChannelHandler events() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                if (event instanceof QuicConnectionCloseEvent close) {
                    closed = now();
                    code = close.error();
                    isApplications = close.isApplicationClose();
                }
                ctx.fireUserEventTriggered(event);
            }

            @Override
            public void channelInactive(ChannelHandlerContext ctx) {
                socket.close();
                ctx.fireChannelInactive();
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                broken(cause.toString());
            }
        };
    }

    @Override
    public void ready(QuicChannel channel) {
        this.channel = channel;
        ask("/");
    }

    @Override
    public void fail(String reason) {
        broken(reason);
        socket.close();
    }

    @Override
    public void lost() {
        closed = closed == null ? now() : closed;
        listener.closed(problem);
    }

    private void broken(String reason) {
        problem = problem == null ? reason : problem;
    }

    private static double now() {
        return System.nanoTime() / 1e9;
    }

    /** The stream of one request. */
    private final class Answer extends Http3RequestStreamInboundHandler {

        private final StreamAnswer answer = new StreamAnswer(0, 0);
        private boolean isOver;

        @Override
        protected void channelRead(ChannelHandlerContext ctx, Http3HeadersFrame frame) {
            answer.fields(frame.headers());
        }

        @Override
        protected void channelRead(ChannelHandlerContext ctx, Http3DataFrame frame) {
            answer.data(frame.content().readableBytes());
            frame.release();
        }

        @Override
        protected void channelInputClosed(ChannelHandlerContext ctx) {
            answer.end();
            over();
        }

        @Override
        protected void handleQuicException(ChannelHandlerContext ctx, QuicException exception) {
            answer.broken("stream reset: " + exception.getMessage());
            ctx.close();
        }

        @Override
        protected void handleHttp3Exception(ChannelHandlerContext ctx, Http3Exception exception) {
            answer.broken(exception.toString());
            ctx.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            over();
            ctx.fireChannelInactive();
        }

        private void over() {
            if (isOver) {
                return;
            }
            isOver = true;
            String failure = answer.failure();
            if (failure == null) {
                answers++;
            } else {
                broken(failure);
            }
            listener.answered(answers, failure);
        }
    }
}
