package dev.sluice.observe;

/** Takes a line per finished exchange; one instance per loop. */
public interface AccessLog {

    /** Logs nothing. */
    AccessLog OFF = exchange -> {};

    /** Called once per exchange, on its loop; the record is not valid afterwards. */
    void log(ExchangeRecord exchange);
}
