package dev.sluice.bench.load;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's part of a run: keeps its connections busy, or its schedule. A request that is due while every
 * connection is busy waits its turn, and its waiting counts. {@link #open}, {@link #run} and {@link #stop} may be called from any
 * thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // timers of the loop, which do not fail
final class Worker implements Connection.Listener {

    private static final long REOPEN_MILLIS = 100;

    private final EventLoop loop;
    private final LoadPlan plan;
    private final int connections;
    private final Connector connector;
    private final Duration patience;
    private final Tally tally = new Tally();
    private final Set<Connection> opening = new HashSet<>();
    private final Set<Connection> open = new HashSet<>();
    /** Connections with room for a request, as often as they have. */
    private final ArrayDeque<Connection> free = new ArrayDeque<>();

    private final CompletableFuture<Void> opened = new CompletableFuture<>();
    private final CompletableFuture<Tally> done = new CompletableFuture<>();
    private @Nullable Schedule schedule;
    private int inFlight;
    private int nextCall;
    private boolean waking;
    private boolean finished;

    /**
     * @param connections this loop's share of the plan's
     * @param connector opens them; closed when the run is over
     * @param patience how long connections may take to open, and the last answers to arrive
     */
    Worker(EventLoop loop, LoadPlan plan, int connections, Connector connector, Duration patience) {
        this.loop = loop;
        this.plan = plan;
        this.connections = connections;
        this.connector = connector;
        this.patience = patience;
    }

    /** @return done when every connection is open, has failed, or runs out of patience */
    CompletableFuture<Void> open() {
        for (int i = 0; i < connections; i++) {
            loop.execute(this::connect);
        }
        loop.schedule(this::giveUpOpening, patience.toMillis(), TimeUnit.MILLISECONDS);
        return opened;
    }

    /** @return what was counted, at the latest when patience ends after the schedule has */
    CompletableFuture<Tally> run(Schedule schedule) {
        loop.execute(() -> begin(schedule));
        return done;
    }

    /** Ends a run before its time; one that is over stays as it is. */
    void stop() {
        loop.execute(this::finish);
    }

    private void begin(Schedule schedule) {
        this.schedule = schedule;
        long nanos = plan.duration().toNanos();
        loop.schedule(this::proceed, nanos, TimeUnit.NANOSECONDS);
        loop.schedule(this::finish, nanos + patience.toNanos(), TimeUnit.NANOSECONDS);
        proceed();
    }

    private void connect() {
        if (finished) {
            return;
        }
        if (plan.newConnectionEach()) {
            opened(new ConnectionEach(connector, this));
        } else {
            opening.add(connector.open(this));
        }
    }

    private void giveUpOpening() {
        if (!opened.isDone()) {
            tally.failed(opening.size(), "connection not open after " + patience.toMillis() + " ms");
            opened.complete(null);
        }
    }

    @Override
    public void opened(Connection connection) {
        opening.remove(connection);
        open.add(connection);
        for (int i = 0; i < plan.streams(); i++) {
            free.add(connection);
        }
        openedOne();
    }

    private void openedOne() {
        if (opening.isEmpty()) {
            opened.complete(null);
        }
        proceed();
    }

    @Override
    public void answered(Connection connection, long due, @Nullable String failure) {
        if (finished) {
            return;
        }
        long now = System.nanoTime();
        inFlight--;
        if (failure == null) {
            tally.completed(due, now);
        } else {
            tally.failed(1, failure);
        }
        if (connection.usable()) {
            free.add(connection);
        }
        pump(connection, now);
    }

    @Override
    public void closed(Connection connection, @Nullable String failure) {
        if (finished) {
            return;
        }
        open.remove(connection);
        free.removeIf(each -> each == connection);
        if (opening.remove(connection) && failure != null) {
            tally.failed(1, failure);
        }
        loop.schedule(this::connect, failure == null ? 0 : REOPEN_MILLIS, TimeUnit.MILLISECONDS);
        openedOne();
    }

    private void proceed() {
        pump(null, System.nanoTime());
    }

    /**
     * Sends what is due as long as there are connections for it.
     *
     * @param reading the connection that will flush itself
     */
    private void pump(@Nullable Connection reading, long now) {
        Schedule schedule = this.schedule;
        if (schedule == null || finished) {
            return;
        }
        while (!free.isEmpty() && !schedule.over(now)) {
            long due = schedule.next(now);
            if (due - now > 0) {
                wakeIn(due - now);
                return;
            }
            Connection connection = free.remove();
            schedule.advance();
            inFlight++;
            connection.send(nextCall(), due);
            if (connection != reading) {
                connection.flush();
            }
        }
        if (inFlight == 0 && schedule.over(now)) {
            finish();
        }
    }

    private int nextCall() {
        int call = nextCall;
        nextCall = call + 1 == plan.calls().size() ? 0 : call + 1;
        return call;
    }

    private void wakeIn(long nanos) {
        if (!waking) {
            waking = true;
            loop.schedule(this::wake, nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void wake() {
        waking = false;
        proceed();
    }

    private void finish() {
        if (finished) {
            return;
        }
        finished = true;
        if (inFlight > 0) {
            tally.failed(inFlight, "no answer within " + patience.toMillis() + " ms of the end");
        }
        if (schedule != null && schedule.unsent() > 0) {
            tally.failed(schedule.unsent(), "due, but never a free connection");
        }
        List.copyOf(opening).forEach(Connection::close);
        List.copyOf(open).forEach(Connection::close);
        connector.close();
        done.complete(tally);
    }
}
