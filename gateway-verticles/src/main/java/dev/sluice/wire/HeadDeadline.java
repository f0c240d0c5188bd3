package dev.sluice.wire;

import dev.sluice.config.ClientTerms;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long a client may take for a request's head: from accept for the first, from its first byte for a later one
 * ({@link ClientTerms.Head#timeout()}). There is one for a connection, and a timer only while a head is awaited that did
 * not come in one piece. Until the HTTP/1 decoder says otherwise, a deadline that has passed closes without a word.
 */
final class HeadDeadline implements Runnable, ChannelFutureListener {

    private static final AttributeKey<HeadDeadline> KEY = AttributeKey.valueOf("sluice-head-deadline");

    private final Channel channel;
    private final ListenerTerms terms;
    private @Nullable Future<?> timer;
    private @Nullable Runnable passed;

    private HeadDeadline(Channel channel, ListenerTerms terms) {
        this.channel = channel;
        this.terms = terms;
    }

    /** Of a connection that is being accepted. */
    static void on(Channel accepted, ListenerTerms terms) {
        HeadDeadline deadline = new HeadDeadline(accepted, terms);
        accepted.attr(KEY).set(deadline);
        var unused = accepted.closeFuture().addListener(deadline);
    }

    /** Of an accepted connection. */
    static HeadDeadline of(Channel accepted) {
        HeadDeadline deadline = accepted.attr(KEY).get();
        if (deadline == null) {
            throw new IllegalStateException("a channel that was not accepted");
        }
        return deadline;
    }

    /** By which the connection is served. */
    ListenerTerms terms() {
        return terms;
    }

    /** Does this instead of closing the channel. */
    void whenPassed(Runnable action) {
        passed = action;
    }

    /** Begins to wait for a head; on the channel's loop. */
    void start() {
        long millis = terms.current().head().timeout().toMillis();
        if (timer == null && millis > 0) {
            timer = channel.eventLoop().schedule(this, millis, TimeUnit.MILLISECONDS);
        }
    }

    /** The head is there. */
    void met() {
        if (timer != null) {
            boolean unused = timer.cancel(false);
            timer = null;
        }
    }

    /** The connection is gone. */
    @Override
    public void operationComplete(ChannelFuture closed) {
        met();
    }

    @Override
    public void run() {
        timer = null;
        if (passed != null) {
            passed.run();
        } else {
            var unused = channel.close();
        }
    }
}
