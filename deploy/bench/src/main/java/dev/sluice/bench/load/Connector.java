package dev.sluice.bench.load;

/** Opens connections on one event loop and holds the requests they send. Used from that loop only. */
interface Connector extends AutoCloseable {

    /** @return a connection under way; the listener hears of it, never before this returns */
    Connection open(Connection.Listener listener);

    /** Lets go of the prepared requests; connections must be closed. */
    @Override
    void close();
}
