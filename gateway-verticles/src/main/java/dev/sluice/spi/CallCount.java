package dev.sluice.spi;

/**
 * What the calls of one method have come to so far.
 *
 * @param service full name
 * @param method its name; both are {@code other} for what has no figures of its own
 * @param succeeded calls that ended well, as their protocol sees it
 * @param failed calls that ended otherwise
 * @param messagesReceived from clients, of calls that are over
 * @param messagesSent to clients, of calls that are over
 * @param nanosSinceLastStart how long ago the last one began; of no meaning before the first
 */
public record CallCount(
        String service,
        String method,
        long started,
        long succeeded,
        long failed,
        long messagesReceived,
        long messagesSent,
        long nanosSinceLastStart) {}
