package dev.sluice.proxy;

import dev.sluice.failure.Failure;
import dev.sluice.spi.Call;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A call that may throw: its exchange then ends, which would else wait for ever, since no handler of a body can tell
 * anybody. From then on the call is only asked what it came to. Messages that are nested too deep for the stack are such a
 * mistake too.
 */
final class GuardedCall implements Call {

    private final Call call;
    private final Exchange exchange;
    private boolean broken;

    GuardedCall(Call call, Exchange exchange) {
        this.call = call;
        this.exchange = exchange;
    }

    private void threw(Throwable bug) {
        if (!broken) {
            broken = true;
            exchange.broken(bug);
        }
    }

    @Override
    public boolean rewritesRequest() {
        return call.rewritesRequest(); // a constant, asked before there is anything to end
    }

    @Override
    public void upstreamHead(MultiMap headers) {
        try {
            call.upstreamHead(headers);
        } catch (RuntimeException | StackOverflowError bug) {
            threw(bug);
        }
    }

    @Override
    public @Nullable Buffer requestData(Buffer chunk) {
        try {
            return broken ? null : call.requestData(chunk);
        } catch (RuntimeException | StackOverflowError bug) {
            threw(bug);
            return null;
        }
    }

    @Override
    public @Nullable Buffer requestEnd() {
        try {
            return broken ? null : call.requestEnd();
        } catch (RuntimeException | StackOverflowError bug) {
            threw(bug);
            return null;
        }
    }

    @Override
    public int statusOf(int status, Function<String, @Nullable String> fields) {
        try {
            return call.statusOf(status, fields);
        } catch (RuntimeException | StackOverflowError bug) {
            threw(bug);
            return status;
        }
    }

    @Override
    public int callStatus(int status, Function<String, @Nullable String> fields) {
        try {
            return call.callStatus(status, fields);
        } catch (RuntimeException | StackOverflowError bug) {
            threw(bug);
            return -1;
        }
    }

    @Override
    public Answer responseHead() {
        try {
            return call.responseHead();
        } catch (RuntimeException | StackOverflowError bug) {
            threw(bug);
            return Answer.END;
        }
    }

    @Override
    public Answer replied() {
        try {
            return call.replied();
        } catch (RuntimeException | StackOverflowError bug) {
            threw(bug);
            return Answer.END;
        }
    }

    @Override
    public boolean holdsHead() {
        try {
            return broken || call.holdsHead();
        } catch (RuntimeException | StackOverflowError bug) {
            threw(bug);
            return true;
        }
    }

    @Override
    public boolean rewritesResponse() {
        try {
            return call.rewritesResponse();
        } catch (RuntimeException | StackOverflowError bug) {
            threw(bug);
            return true;
        }
    }

    @Override
    public @Nullable Buffer responseData(Buffer chunk) {
        try {
            return broken ? null : call.responseData(chunk);
        } catch (RuntimeException | StackOverflowError bug) {
            threw(bug);
            return null;
        }
    }

    @Override
    public @Nullable Buffer responseEnd(MultiMap trailers) {
        try {
            return broken ? null : call.responseEnd(trailers);
        } catch (RuntimeException | StackOverflowError bug) {
            threw(bug);
            return null;
        }
    }

    @Override
    public @Nullable Ending breakOff(Failure failure, String detail) {
        try {
            return broken ? null : call.breakOff(failure, detail);
        } catch (RuntimeException | StackOverflowError bug) {
            exchange.note(bug); // it ends already
            return null;
        }
    }

    @Override
    public void ended(@Nullable Failure failure) {
        try {
            call.ended(failure);
        } catch (RuntimeException | StackOverflowError bug) {
            exchange.note(bug);
        }
    }

    @Override
    public boolean isServerFault() {
        try {
            return call.isServerFault();
        } catch (RuntimeException | StackOverflowError bug) {
            exchange.note(bug);
            return true;
        }
    }

    @Override
    public int status() {
        try {
            return call.status();
        } catch (RuntimeException | StackOverflowError bug) {
            exchange.note(bug);
            return -1;
        }
    }
}
