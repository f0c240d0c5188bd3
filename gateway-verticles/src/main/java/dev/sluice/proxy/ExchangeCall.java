package dev.sluice.proxy;

import dev.sluice.config.Defaults;
import dev.sluice.failure.Failure;
import dev.sluice.loop.Timeout;
import dev.sluice.spi.Call;
import dev.sluice.spi.CallProtocol;
import dev.sluice.spi.ReplyFormat;
import org.jspecify.annotations.Nullable;

/** The part that a protocol of calls takes in one exchange; none for most. */
final class ExchangeCall {

    private final Exchange exchange;
    private @Nullable Call call;
    private @Nullable ReplyFormat format;
    private @Nullable Timeout grace;

    ExchangeCall(Exchange exchange) {
        this.exchange = exchange;
    }

    /** The call that the exchange is; null when it is none. */
    @Nullable
    Call call() {
        return call;
    }

    /** Asks the protocol for its call; says whether the exchange goes on. */
    boolean begin(CallProtocol.Rule protocol) {
        Call begun = null;
        try {
            begun = protocol.begin(exchange.filterView);
        } catch (RuntimeException bug) {
            exchange.broken(bug);
        }
        if (begun != null) {
            Call guarded = new GuardedCall(begun, exchange);
            call = guarded;
            exchange.body.through(guarded);
        }
        return !exchange.isDone();
    }

    void replyFormat(ReplyFormat clients) {
        format = clients;
    }

    /** How failures are told to the client; null for as to any other. */
    @Nullable
    ReplyFormat replyFormat() {
        return format;
    }

    /** Whether the call's deadline has passed. */
    boolean isExpired() {
        return grace != null;
    }

    /**
     * The call's deadline has passed, and its upstream has been told. The client keeps the same deadline, and its own timer
     * is the better one to end the call by: it is given a moment to say so.
     */
    void expired(@Nullable String detail) {
        if (grace == null) {
            Timeout armed = new Timeout() {
                @Override
                protected void expired() {
                    exchange.failHere(Failure.REQUEST_TIMEOUT, detail);
                }
            };
            grace = armed;
            exchange.loop.timer().arm(armed, Defaults.CALL_DEADLINE_GRACE.toMillis());
        }
    }

    void ended(@Nullable Failure failure) {
        if (grace != null) {
            exchange.loop.timer().cancel(grace);
        }
        if (call != null) {
            call.ended(failure);
        }
    }
}
