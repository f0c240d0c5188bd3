package dev.sluice.bench.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/** A connection that speaks HTTP/1.1, one request at a time. */
@SuppressWarnings("FutureReturnValueIgnored") // a write fails only when its connection has, which is heard of
final class H1Connection extends ChannelInboundHandlerAdapter implements TcpConnection {

    /** Bytes of a body written at once; the channel says when there is room for more. */
    private static final int BODY_PART = 64 * 1024;

    private final Http1Requests requests;
    private final Channel channel;
    private final Listener listener;
    private final ResponseReader reader = new ResponseReader();
    private boolean open;
    private boolean inFlight;
    private long due;
    private int bodyLeft;

    H1Connection(Http1Requests requests, Channel channel, Listener listener) {
        this.requests = requests;
        this.channel = channel;
        this.listener = listener;
    }

    @Override
    public ChannelHandler handler() {
        return this;
    }

    @Override
    public void ready() {
        open = true;
        listener.opened(this);
    }

    @Override
    public void send(int call, long due) {
        this.due = due;
        inFlight = true;
        bodyLeft = requests.bodyBytes(call);
        channel.write(requests.head(call), channel.voidPromise());
        writeBody();
    }

    private void writeBody() {
        while (bodyLeft > 0 && channel.isWritable()) {
            int bytes = Math.min(bodyLeft, BODY_PART);
            channel.write(requests.body(bytes), channel.voidPromise());
            bodyLeft -= bytes;
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (bodyLeft > 0 && channel.isWritable()) {
            writeBody();
            channel.flush();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            while (open && reader.read(in)) {
                answered();
            }
        } finally {
            in.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        channel.flush();
    }

    private void answered() {
        if (!inFlight) {
            throw new IllegalArgumentException("answer without a request");
        }
        boolean last = reader.saidClose() || bodyLeft > 0;
        open = !last;
        inFlight = false;
        listener.answered(this, due, failure());
        if (last) {
            channel.close();
        }
    }

    private @Nullable String failure() {
        return reader.status() == 200 ? null : "status " + reader.status() + " (expected: 200)";
    }

    @Override
    public void flush() {
        channel.flush();
    }

    @Override
    public boolean usable() {
        return open;
    }

    @Override
    public void close() {
        open = false;
        channel.close();
    }

    @Override
    public void lost(@Nullable String reason) {
        open = false;
        boolean early = inFlight && !(reason == null && reader.endsWithClose());
        String failure = early && reason == null ? "closed before the end of the answer" : reason;
        if (inFlight) {
            inFlight = false;
            listener.answered(this, due, early ? failure : failure());
        }
        listener.closed(this, failure);
    }
}
