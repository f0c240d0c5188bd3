package dev.sluice.bench.load;

import dev.sluice.bench.wire.Filler;
import dev.sluice.bench.wire.Sockets;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The load generator on raw Netty. Every event loop has connections of its own and shares nothing with the others. */
public final class LoadGenerator implements Load {

    /** Bytes of the longest request body. */
    private static final int LONGEST_BODY = 16 * 1024 * 1024;

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration IDLE_PATIENCE = Duration.ofSeconds(60);
    /** On top of what workers take at most: only a loop that hangs takes longer. */
    private static final Duration SLACK = Duration.ofSeconds(5);

    private final int loopCount;
    private final EventLoopGroup loops;
    private final Filler filler = new Filler(LONGEST_BODY);

    private final Duration patience;

    /** @param loops event loops, each a thread */
    public LoadGenerator(int loops) {
        this(loops, PATIENCE);
    }

    /** @param patience how long connections may take to open, and the last answers of a run to arrive */
    LoadGenerator(int loops, Duration patience) {
        this.patience = patience;
        this.loopCount = loops;
        this.loops = Sockets.loops(loops, "load");
    }

    @Override
    public LoadResult run(LoadPlan plan) {
        int count = Math.min(loopCount, plan.connections());
        List<Worker> workers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            EventLoop loop = loops.next();
            Connector connector = connector(loop, plan.protocol(), plan.target(), plan.calls());
            workers.add(new Worker(loop, plan, share(plan.connections(), count, i), connector, patience));
        }
        try {
            await(workers.stream().map(Worker::open).toList(), patience.plus(SLACK));
            long begin = System.nanoTime();
            List<CompletableFuture<Tally>> tallies = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                tallies.add(workers.get(i).run(schedule(plan, begin, count, i)));
            }
            await(tallies, plan.duration().plus(patience).plus(SLACK));
            Tally all = new Tally();
            tallies.forEach(tally -> all.add(tally.join()));
            return all.result(plan, begin);
        } finally {
            workers.forEach(Worker::stop);
        }
    }

    @Override
    public AutoCloseable idle(Protocol protocol, InetSocketAddress target, int connections, Call call) {
        int count = Math.min(loopCount, connections);
        List<IdleConnections> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            EventLoop loop = loops.next();
            Connector connector = connector(loop, protocol, target, List.of(call));
            parts.add(new IdleConnections(loop, share(connections, count, i), connector));
        }
        try {
            await(parts.stream().map(IdleConnections::open).toList(), IDLE_PATIENCE);
        } catch (IllegalStateException e) {
            close(parts);
            throw e;
        }
        return () -> close(parts);
    }

    private static void close(List<IdleConnections> parts) {
        await(parts.stream().map(IdleConnections::close).toList(), IDLE_PATIENCE);
    }

    private Connector connector(EventLoop loop, Protocol protocol, InetSocketAddress target, List<Call> calls) {
        return switch (protocol) {
            case HTTP1 -> new TcpConnector(loop, target, null, new Http1Requests(calls, filler));
            case HTTP1_TLS ->
                new TcpConnector(loop, target, new ClientTls("http/1.1"), new Http1Requests(calls, filler));
            case H2C -> new TcpConnector(loop, target, null, new Http2Requests(calls, "http", filler));
            case H2_TLS ->
                new TcpConnector(loop, target, new ClientTls("h2"), new Http2Requests(calls, "https", filler));
            case HTTP3 -> new H3Connector(loop, target, calls, filler);
        };
    }

    /** Loops take turns: the requests of all of them together are evenly spaced. */
    private static Schedule schedule(LoadPlan plan, long begin, int count, int i) {
        double perSecond = plan.perSecond() / count;
        double offset = plan.perSecond() > 0 ? i * 1e9 / plan.perSecond() : 0;
        return new Schedule(begin, plan.duration(), perSecond, offset);
    }

    private static int share(int connections, int count, int i) {
        return connections / count + (i < connections % count ? 1 : 0);
    }

    private static <T> void await(List<CompletableFuture<T>> futures, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        for (CompletableFuture<T> future : futures) {
            try {
                future.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (ExecutionException e) {
                throw new IllegalStateException("a connection failed: " + e.getMessage(), e);
            } catch (TimeoutException e) {
                throw new IllegalStateException("not done within " + limit.toMillis() + " ms", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, SLACK.toMillis(), TimeUnit.MILLISECONDS).syncUninterruptibly();
        filler.close();
    }
}
