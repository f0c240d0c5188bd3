package dev.sluice.wire;

import dev.sluice.config.ClientTerms.Head;
import dev.sluice.failure.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/**
 * Reads the requests of a client's HTTP/1 connection (RFC 9112) in the place of Vert.x's decoder, which lets pass what
 * two readers could read in two ways. It is strict, and it stops: behind what it cannot read, nothing is ever read again
 * (correctness.md E4). Body bytes are handed on as slices of what was read.
 *
 * <p>A head that cannot be read goes to Vert.x as a request with a failed result, which waits for its turn behind the
 * answers that are due before it, and then gets its own. A body that cannot be read on has a request already, which is
 * told ({@link RequestBody#onMalformed}).
 */
final class Http1RequestDecoder extends ChannelInboundHandlerAdapter {

    /** Vert.x's name of its decoder, which it removes by it. */
    static final String NAME = "httpDecoder";

    /** Empty lines before a request, which some old clients send behind a body (RFC 9112 section 2.2). */
    private static final int MAX_EMPTY_LINES = 2;

    /** What waits behind a request that may change the protocol, before nothing more is read. */
    private static final int MAX_HELD = 64 * 1024;

    /** An incomplete head or line is copied out of a buffer that is this many times as large. */
    private static final int WASTE = 4;

    private enum State {
        /** Vert.x's decoder is still being replaced; what it has seen is not what the client has sent. */
        REPLACING,
        HEAD,
        /** {@link #remaining} bytes of body. */
        LENGTH,
        CHUNK_SIZE,
        CHUNK_DATA,
        CHUNK_END,
        TRAILERS,
        /** Nothing is read any more. */
        STOPPED
    }

    private final HeadDeadline deadline;
    private final Http1RequestReader reader = new Http1RequestReader();
    private final ChunkLines chunks = ChunkLines.of(MalformedMessage.Sender.CLIENT);
    private @Nullable ChannelHandlerContext context;
    private @Nullable DecodedRequest current;
    private ByteBuf unread = Unpooled.EMPTY_BUFFER;
    private State state = State.REPLACING;
    private long remaining;
    private int emptyLines;
    private boolean proxied;
    /** Whether the last request may change the protocol, and nobody has said that it does not. */
    private boolean holding;

    private boolean reading;
    private boolean decoding;
    private boolean removed;
    private boolean readingStopped;
    private boolean closing;

    private Http1RequestDecoder(HeadDeadline deadline) {
        this.deadline = deadline;
    }

    /** Puts one in the place of Vert.x's, which has not been given a byte that counts. */
    static void replaceIn(ChannelPipeline pipeline) {
        Http1RequestDecoder decoder = new Http1RequestDecoder(HeadDeadline.of(pipeline.channel()));
        var unused = pipeline.replace(NAME, NAME, decoder);
        decoder.state = State.HEAD;
    }

    /**
     * The connection is a proxy's, which calls {@link HeldInput#resume} and {@link RequestBody#onMalformed}. Over TLS
     * nothing has been read yet; on a cleartext port the decoder is there already, and has read the first head.
     */
    static void prepare(ChannelPipeline pipeline) {
        if (pipeline.get(Http1RequestDecoder.class) == null) {
            replaceIn(pipeline);
        }
        pipeline.get(Http1RequestDecoder.class).proxied = true;
        var unused = pipeline.addLast(CloseWatch.NAME, CloseWatch.INSTANCE);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        deadline.whenPassed(this::late);
    }

    /** What it has not read is for who comes after it. */
    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        deadline.met();
        removed = true;
        if (!decoding) {
            passOn(ctx, takeRest());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (state == State.STOPPED || state == State.REPLACING) {
            bytes.release();
            return;
        }
        reading = true;
        if (!unread.isReadable()) {
            unread.release();
            unread = bytes;
        } else if (state == State.CHUNK_SIZE || state == State.CHUNK_END) {
            completeLine(ctx, bytes);
            return;
        } else {
            unread = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), unread, bytes);
        }
        decode(ctx);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        reading = false;
        if (!unread.isReadable()) {
            drop();
        } else {
            if (state == State.HEAD && !isHeld()) {
                deadline.start();
            }
            if (unread.capacity() / WASTE > unread.readableBytes()) {
                ByteBuf copy = ctx.alloc().directBuffer(unread.readableBytes()).writeBytes(unread);
                unread.release();
                unread = copy;
            }
            if (isHeld() && unread.readableBytes() > MAX_HELD) {
                readingStopped = true;
                var unused = ctx.channel().config().setAutoRead(false);
            }
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stop();
        ctx.fireChannelInactive();
    }

    /** What has come behind a request that makes the connection close is never executed. */
    void closing() {
        closing = true;
        stop();
    }

    private void stop() {
        state = State.STOPPED;
        if (!decoding) {
            drop();
        }
    }

    /** What was held is requests. */
    void resume() {
        boolean waiting = isHeld();
        holding = false;
        ChannelHandlerContext ctx = context;
        if (!waiting || decoding || ctx == null) {
            return; // what is under way goes on
        }
        // Not within a call of Vert.x's, which sees what it is given now as part of what it is doing.
        ctx.executor().execute(() -> {
            readOn(ctx);
            if (!reading && !removed && unread.isReadable()) {
                decode(ctx);
                channelReadComplete(ctx);
            }
        });
    }

    /** What was held is another protocol's; nothing is read any more. */
    ByteBuf takeRest() {
        ByteBuf rest = unread;
        unread = Unpooled.EMPTY_BUFFER;
        state = State.STOPPED;
        if (context != null) {
            readOn(context);
        }
        return rest;
    }

    /** Whether the last request may change the protocol, and what comes behind it waits. */
    boolean holds() {
        return holding;
    }

    boolean isClosing() {
        return closing;
    }

    private boolean isHeld() {
        return holding && state == State.HEAD;
    }

    private void readOn(ChannelHandlerContext ctx) {
        if (readingStopped) {
            readingStopped = false;
            var unused = ctx.channel().config().setAutoRead(true);
        }
    }

    /** Completes a line that the last read has broken off, so that the chunks behind it need no copy. */
    private void completeLine(ChannelHandlerContext ctx, ByteBuf bytes) {
        int length = bytes.bytesBefore((byte) '\n') + 1;
        ByteBuf line = bytes.readRetainedSlice(length == 0 ? bytes.readableBytes() : length);
        unread = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), unread, line);
        decode(ctx);
        if (!bytes.isReadable() || state == State.STOPPED) {
            bytes.release();
        } else {
            unread = bytes; // the line is read
            decode(ctx);
        }
    }

    private void decode(ChannelHandlerContext ctx) {
        decoding = true;
        try {
            boolean more = true;
            while (more && unread.isReadable() && !isHeld()) {
                more = switch (state) {
                    case HEAD -> head(ctx);
                    case LENGTH, CHUNK_DATA -> body(ctx);
                    case CHUNK_SIZE -> chunkSize();
                    case CHUNK_END -> chunkEnd();
                    case TRAILERS -> trailers(ctx);
                    case STOPPED, REPLACING -> false;
                };
            }
        } catch (MalformedMessage malformed) {
            refuse(ctx, malformed);
        } finally {
            decoding = false;
        }
        if (removed) {
            passOn(ctx, takeRest());
        } else if (state == State.STOPPED || !unread.isReadable()) {
            drop();
        }
    }

    private static void passOn(ChannelHandlerContext ctx, ByteBuf rest) {
        if (rest.isReadable() && ctx.channel().isActive()) {
            ctx.fireChannelRead(rest);
        } else {
            rest.release();
        }
    }

    private void drop() {
        unread.release();
        unread = Unpooled.EMPTY_BUFFER;
    }

    private void refuse(ChannelHandlerContext ctx, MalformedMessage malformed) {
        DecodedRequest request = current;
        current = null;
        state = State.STOPPED;
        if (request == null) {
            DecodedRequest refused = reader.take(this);
            refused.setDecoderResult(DecoderResult.failure(malformed));
            refused.headers().remove(HttpHeaderNames.CONNECTION); // or Vert.x promises HTTP/1.0 to keep it alive
            ctx.fireChannelRead(refused);
        } else if (proxied) {
            request.malformed(String.valueOf(malformed.getMessage()));
        } else {
            HttpContent broken = new DefaultHttpContent(Unpooled.EMPTY_BUFFER);
            broken.setDecoderResult(DecoderResult.failure(malformed));
            ctx.fireChannelRead(broken);
        }
    }

    /** The head has not come in time. */
    private void late() {
        ChannelHandlerContext ctx = context;
        if (ctx == null || state == State.STOPPED) {
            return;
        }
        if (!unread.isReadable() || unread.getByte(unread.readerIndex()) == '\r') {
            var unused = ctx.channel().close();
            return;
        }
        refuse(ctx, MalformedMessage.request(Failure.HEADER_TIMEOUT, Failure.HEADER_TIMEOUT.text()));
        drop();
        ctx.fireChannelReadComplete();
    }

    /** False when it is not clear yet what comes. */
    private boolean skipEmptyLines() {
        while (unread.isReadable()) {
            byte first = unread.getByte(unread.readerIndex());
            if (first != '\r' && first != '\n') {
                return true;
            }
            if (first == '\r' && unread.readableBytes() == 1) {
                return false;
            }
            if (first == '\n' || unread.readShort() != ('\r' << 8 | '\n') || ++emptyLines > MAX_EMPTY_LINES) {
                throw MalformedMessage.Sender.CLIENT.sent("no request line");
            }
        }
        return false;
    }

    private boolean head(ChannelHandlerContext ctx) {
        if (!skipEmptyLines()) {
            return false;
        }
        Head limits = deadline.terms().current().head();
        if (!reader.read(unread, limits)) {
            return false;
        }
        deadline.met();
        emptyLines = 0;
        remaining = reader.length();
        holding = reader.changesProtocol();
        DecodedRequest request = reader.take(this);
        current = request;
        state = remaining == Http1RequestReader.CHUNKED ? State.CHUNK_SIZE : State.LENGTH;
        ctx.fireChannelRead(request);
        holding &= proxied; // which is known now, of a cleartext connection's first request too
        if (remaining == 0 && state != State.STOPPED) {
            end(ctx);
        }
        return true;
    }

    private boolean body(ChannelHandlerContext ctx) {
        int taken = (int) Math.min(remaining, unread.readableBytes());
        remaining -= taken;
        boolean last = remaining == 0 && state == State.LENGTH;
        if (remaining == 0 && !last) {
            state = State.CHUNK_END;
        }
        ctx.fireChannelRead(new DefaultHttpContent(unread.readRetainedSlice(taken)));
        if (last) {
            end(ctx);
        }
        return true;
    }

    private boolean chunkSize() {
        long size = chunks.size(unread);
        if (size < 0) {
            return false;
        }
        remaining = size;
        state = size == 0 ? State.TRAILERS : State.CHUNK_DATA;
        return true;
    }

    private boolean chunkEnd() {
        if (!chunks.end(unread)) {
            return false;
        }
        state = State.CHUNK_SIZE;
        return true;
    }

    private boolean trailers(ChannelHandlerContext ctx) {
        FieldLines trailers =
                reader.readTrailers(unread, deadline.terms().current().head());
        if (trailers == null) {
            return false;
        }
        DecodedRequest request = current;
        if (request != null) {
            request.ended(trailers);
        }
        end(ctx);
        return true;
    }

    private void end(ChannelHandlerContext ctx) {
        if (state == State.STOPPED) {
            return; // closed while it was being told of the rest
        }
        current = null;
        state = State.HEAD;
        ctx.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
    }
}
