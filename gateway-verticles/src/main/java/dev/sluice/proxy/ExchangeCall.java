package dev.sluice.proxy;

import dev.sluice.failure.Failure;
import dev.sluice.spi.Call;
import dev.sluice.spi.CallProtocol;
import org.jspecify.annotations.Nullable;

/** The part that a protocol of calls takes in one exchange; none for most. */
final class ExchangeCall {

    private final Exchange exchange;
    private @Nullable Call call;

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

    void ended(@Nullable Failure failure) {
        if (call != null) {
            call.ended(failure);
        }
    }
}
