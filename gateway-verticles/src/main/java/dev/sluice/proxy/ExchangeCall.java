package dev.sluice.proxy;

import dev.sluice.config.Defaults;
import dev.sluice.failure.Failure;
import dev.sluice.loop.Timeout;
import dev.sluice.spi.Call;
import dev.sluice.spi.CallProtocol;
import org.jspecify.annotations.Nullable;

/** The part that a protocol of calls takes in one exchange; none for most. */
final class ExchangeCall {

    private final Exchange exchange;
    private @Nullable Call call;
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
            exchange.filterFailed(bug);
        }
        call = begun;
        if (begun != null) {
            exchange.body.through(begun);
        }
        return !exchange.isDone();
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
                    exchange.fail(Failure.REQUEST_TIMEOUT, detail);
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
