package dev.sluice.admin;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message;
import dev.sluice.config.Defaults;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/**
 * Asks other verticles over the bus and gathers their answers. Used on the admin API's event loop alone.
 *
 * @param <A> the answer
 */
final class Queries<A> {

    private final Vertx vertx;
    private final Bus bus;
    private final int answering;
    private final Duration timeout;
    private final Map<Long, Query<A>> open = new HashMap<>();
    private long tickets;

    private record Query<A>(List<A> answers, Promise<List<A>> complete, long timer) {}

    /** @param answering how many answers make a query complete */
    Queries(Vertx vertx, Bus bus, int answering) {
        this(vertx, bus, answering, Defaults.ADMIN_LOOP_TIMEOUT);
    }

    /** The same, which waits so long for them. */
    Queries(Vertx vertx, Bus bus, int answering, Duration timeout) {
        this.timeout = timeout;
        this.vertx = vertx;
        this.bus = bus;
        this.answering = answering;
    }

    /** One has answered; what comes too late is nobody's. */
    void answered(long ticket, A answer) {
        Query<A> query = open.get(ticket);
        if (query != null) {
            query.answers().add(answer);
            if (query.answers().size() == answering) {
                complete(ticket);
            }
        }
    }

    /**
     * Asks.
     *
     * @param question with the ticket that its answers carry
     * @return what was answered in time, in no order; never fails
     */
    Future<List<A>> ask(LongFunction<Message> question) {
        long ticket = tickets++;
        long timer = vertx.setTimer(timeout.toMillis(), id -> complete(ticket));
        Promise<List<A>> complete = Promise.promise();
        open.put(ticket, new Query<>(new ArrayList<>(), complete, timer));
        bus.publish(question.apply(ticket));
        return complete.future();
    }

    private void complete(long ticket) {
        Query<A> query = open.remove(ticket);
        if (query != null) {
            vertx.cancelTimer(query.timer());
            query.complete().complete(query.answers());
        }
    }
}
