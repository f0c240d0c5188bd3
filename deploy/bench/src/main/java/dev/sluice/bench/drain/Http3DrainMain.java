package dev.sluice.bench.drain;

import dev.sluice.bench.wire.Http3Client;
import dev.sluice.bench.wire.Sockets;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * The HTTP/3 clients of a drain: opens connections with one answered request each and prints {@code ready}; at a line of
 * standard input sends one more on those that shall be busy; when all are closed, or standard input has ended, prints a JSON
 * object for each ({@link WatchedConnection#seen}) and ends.
 */
@CommandLine.Command(name = "http3-drain")
public final class Http3DrainMain implements Callable<Integer> {

    @Option(names = "--port", required = true, description = "of the gateway, on 127.0.0.1")
    private int port;

    @Option(names = "--idle", description = "connections without a request under way")
    private int idle;

    @Option(names = "--busy", description = "connections with one")
    private int busy;

    @Option(names = "--longest", description = "seconds that the answers take at most, 0.5 at least")
    private double longest = 1;

    @Option(names = "--patience", description = "seconds that all connections together may take to open")
    private int patience = 120;

    private Http3DrainMain() {}

    @Override
    public Integer call() throws InterruptedException, ExecutionException, TimeoutException, IOException {
        EventLoop loop = Sockets.loops(1, "drain").next();
        Http3Client client = new Http3Client(loop, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        WatchedConnections connections = new WatchedConnections(loop, client, idle, busy);
        connections.open().get(patience, TimeUnit.SECONDS);
        System.out.println("ready");
        InputStream input = System.in;
        if (input.read() < 0) {
            return 1;
        }
        connections.ask(longest);
        CompletableFuture<Void> over = connections.closed();
        Thread reader = new Thread(() -> awaitEnd(input, over), "input");
        reader.setDaemon(true);
        reader.start();
        over.get();
        connections.seen().get().forEach(System.out::println);
        return 0;
    }

    private static void awaitEnd(InputStream input, CompletableFuture<Void> over) {
        try {
            while (input.read() >= 0) {
                // Only the end of it means anything.
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            over.complete(null);
        }
    }

    public static void main(String[] args) {
        System.exit(new CommandLine(new Http3DrainMain()).execute(args));
    }
}
