package dev.sluice.admin;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.ConnectionsListed;
import dev.sluice.bus.Message.ConnectionsRequested;
import dev.sluice.config.Defaults;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Asks all event loops for their connections and gathers the answers. Used on the admin API's event loop alone. */
public final class ConnectionQueries {

    private final Vertx vertx;
    private final Bus bus;
    private final int loops;
    private final Map<Long, Query> open = new HashMap<>();
    private long tickets;

    private record Query(List<ConnectionsListed> answers, Promise<List<ConnectionsListed>> complete, long timer) {}

    /** @param loops how many answers make a query complete */
    public ConnectionQueries(Vertx vertx, Bus bus, int loops) {
        this.vertx = vertx;
        this.bus = bus;
        this.loops = loops;
    }

    /** A loop has answered; what comes too late is nobody's. */
    public void answered(ConnectionsListed answer) {
        Query query = open.get(answer.ticket());
        if (query != null) {
            query.answers().add(answer);
            if (query.answers().size() == loops) {
                complete(answer.ticket());
            }
        }
    }

    /**
     * Asks every loop for this many of its connections.
     *
     * @return what was answered within {@link Defaults#ADMIN_LOOP_TIMEOUT}, in no order; never fails
     */
    Future<List<ConnectionsListed>> ask(int limit) {
        long ticket = tickets++;
        long timer = vertx.setTimer(Defaults.ADMIN_LOOP_TIMEOUT.toMillis(), id -> complete(ticket));
        Promise<List<ConnectionsListed>> complete = Promise.promise();
        open.put(ticket, new Query(new ArrayList<>(), complete, timer));
        bus.publish(new ConnectionsRequested(ticket, limit));
        return complete.future();
    }

    private void complete(long ticket) {
        Query query = open.remove(ticket);
        if (query != null) {
            vertx.cancelTimer(query.timer());
            query.complete().complete(query.answers());
        }
    }
}
