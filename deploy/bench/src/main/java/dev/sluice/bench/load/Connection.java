package dev.sluice.bench.load;

import org.jspecify.annotations.Nullable;

/** One connection of the generator. Used from its event loop only. */
interface Connection {

    /**
     * Sends a request without flushing it; {@link Listener#answered} follows exactly once. Only on an open connection
     * with a request less in flight than the plan has streams.
     *
     * @param call index of the call in its plan
     * @param due when the request was due, {@link System#nanoTime}; handed back with the answer
     */
    void send(int call, long due);

    void flush();

    /** @return whether it takes another request */
    boolean usable();

    /** Closes it; what is in flight is answered as failed. */
    void close();

    /** Hears of a connection, on its event loop. */
    interface Listener {

        /** It takes requests from now on. */
        void opened(Connection connection);

        /**
         * A request is over. Called while the connection reads: what is sent on it meanwhile is flushed when the read
         * is over.
         *
         * @param failure what was wrong with the answer, null for nothing
         */
        void answered(Connection connection, long due, @Nullable String failure);

        /**
         * It could not be opened or is gone; once, and after every request in flight was answered.
         *
         * @param failure why, null when it was closed in good order, by either side
         */
        void closed(Connection connection, @Nullable String failure);
    }
}
