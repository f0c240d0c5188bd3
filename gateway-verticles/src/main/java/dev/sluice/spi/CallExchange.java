package dev.sluice.spi;

import dev.sluice.failure.Failure;
import dev.sluice.filter.FilterContext;
import io.vertx.core.http.HttpVersion;

/** An exchange as its {@link Call} sees it. Valid only on the exchange's event loop. */
public interface CallExchange extends FilterContext {

    /** What the client speaks. */
    HttpVersion protocol();

    /** {@code namespace/route[rule]} of the rule that matched. */
    String rule();

    /** Forwards the request with this method in place of the client's. */
    void forwardMethod(String method);

    /** How failures are told to this client from now on, in place of what its request's fields say. */
    void replyFormat(ReplyFormat format);

    /** Nanoseconds since the request's head. */
    long ageNanos();

    /**
     * The exchange has to end within so many nanoseconds of its beginning; the nearest of several deadlines counts.
     *
     * @param nanos 0 or more, at most {@link Long#MAX_VALUE} / 4: who has longer has no deadline
     */
    void deadline(long nanos);

    /** Until the nearest deadline, in nanoseconds, negative when it has passed; {@link Long#MAX_VALUE} for none. */
    long remainingNanos();

    /** Ends the exchange: with an answer in the client's form if it has had none, else by {@link Call#breakOff} or a reset. */
    void fail(Failure failure, String detail);
}
