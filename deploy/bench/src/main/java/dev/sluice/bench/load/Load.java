package dev.sluice.bench.load;

import java.net.InetSocketAddress;

/** A source of load with event loops of its own. All methods block their caller until done, in bounded time. */
public interface Load extends AutoCloseable {

    /** Runs a plan: opens its connections, sends, waits for the last answers for at most 10 seconds, closes. */
    LoadResult run(LoadPlan plan);

    /**
     * Opens connections that send one request each and then nothing.
     *
     * @return closes them
     * @throws IllegalStateException when not all could be opened and answered within 60 seconds
     */
    AutoCloseable idle(Protocol protocol, InetSocketAddress target, int connections, Call call);

    @Override
    void close();
}
