package dev.sluice.bench.load;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Opens connections on one event loop, sends one request on each and holds them. */
final class IdleConnections implements Connection.Listener {

    /** Handshakes under way at once: below what any listener's backlog takes. */
    private static final int AT_ONCE = 64;

    private final EventLoop loop;
    private final int connections;
    private final Connector connector;
    private final List<Connection> held = new ArrayList<>();
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private int answered;

    IdleConnections(EventLoop loop, int connections, Connector connector) {
        this.loop = loop;
        this.connections = connections;
        this.connector = connector;
    }

    /** @return done when each has had its answer; failed as soon as one has not or is closed */
    CompletableFuture<Void> open() {
        for (int i = 0; i < Math.min(connections, AT_ONCE); i++) {
            loop.execute(this::openNext);
        }
        return done;
    }

    /** @return done when all of them are closed */
    CompletableFuture<Void> close() {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        loop.execute(() -> {
            done.cancel(false);
            held.forEach(Connection::close);
            connector.close();
            closed.complete(null);
        });
        return closed;
    }

    private void openNext() {
        if (held.size() < connections && !done.isDone()) {
            held.add(connector.open(this));
        }
    }

    @Override
    public void opened(Connection connection) {
        connection.send(0, System.nanoTime());
        connection.flush();
    }

    @Override
    public void answered(Connection connection, long due, @Nullable String failure) {
        if (failure != null) {
            done.completeExceptionally(new IllegalStateException(failure));
            return;
        }
        answered++;
        if (answered == connections) {
            done.complete(null);
        } else {
            openNext();
        }
    }

    @Override
    public void closed(Connection connection, @Nullable String failure) {
        done.completeExceptionally(new IllegalStateException(failure == null ? "closed by the server" : failure));
    }
}
