package dev.sluice.observe;

/** Takes a note of every finished exchange of one loop; only on that loop. */
public interface AccessLog {

    /** Logs nothing. */
    AccessLog OFF = new AccessLog() {
        @Override
        public void log(ExchangeRecord exchange) {}

        @Override
        public void close() {}
    };

    /** Logs a finished exchange; never blocks and never throws. */
    void log(ExchangeRecord exchange);

    /** Hands over what is still gathered. */
    void close();
}
