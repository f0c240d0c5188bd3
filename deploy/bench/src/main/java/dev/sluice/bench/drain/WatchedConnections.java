package dev.sluice.bench.drain;

import dev.sluice.bench.wire.Http3Client;
import dev.sluice.bench.wire.Sockets;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Connections on one event loop, some of which get something to do. Its methods may be called from any thread. */
final class WatchedConnections implements WatchedConnection.Listener {

    /** Handshakes under way at once. */
    private static final int AT_ONCE = 64;
    /** Seconds that no answer takes less than. */
    private static final double SHORTEST = 0.5;

    private final EventLoop loop;
    private final Http3Client client;
    private final int idle;
    private final int count;
    private final List<WatchedConnection> connections = new ArrayList<>();
    private final CompletableFuture<Void> opened = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private int answeredOnce;
    private int gone;

    WatchedConnections(EventLoop loop, Http3Client client, int idle, int busy) {
        this.loop = loop;
        this.client = client;
        this.idle = idle;
        this.count = idle + busy;
    }

    /** @return done when each connection has had one answer, failed as soon as one has not */
    CompletableFuture<Void> open() {
        loop.execute(() -> {
            for (int i = 0; i < Math.min(count, AT_ONCE); i++) {
                openNext();
            }
        });
        return opened;
    }

    private void openNext() {
        if (connections.size() < count) {
            DatagramChannel socket = Sockets.udp();
            WatchedConnection connection = new WatchedConnection(connections.size() >= idle, socket, this);
            connections.add(connection);
            client.open(socket, connection);
        }
    }

    /** Each busy connection asks for an answer that takes a while of its own, up to so many seconds. */
    void ask(double longest) {
        Random chance = new Random(1);
        loop.execute(() -> connections.stream()
                .filter(WatchedConnection::isBusy)
                .forEach(each ->
                        each.ask("/slow/%.1f".formatted(SHORTEST + chance.nextDouble() * (longest - SHORTEST)))));
    }

    /** @return done when all are closed; others may complete it before */
    CompletableFuture<Void> closed() {
        return closed;
    }

    /** @return what each connection has seen, as lines of JSON */
    CompletableFuture<List<String>> seen() {
        return CompletableFuture.supplyAsync(
                () -> connections.stream().map(each -> each.seen().encode()).toList(), loop);
    }

    @Override
    public void answered(int answers, @Nullable String failure) {
        if (failure != null) {
            opened.completeExceptionally(new IllegalStateException(failure));
        } else if (answers == 1) {
            answeredOnce++;
            if (answeredOnce == count) {
                opened.complete(null);
            } else {
                openNext();
            }
        }
    }

    @Override
    public void closed(@Nullable String problem) {
        opened.completeExceptionally(new IllegalStateException(problem == null ? "closed by the server" : problem));
        gone++;
        if (gone == count) {
            closed.complete(null);
        }
    }
}
