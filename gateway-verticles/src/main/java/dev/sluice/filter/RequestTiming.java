package dev.sluice.filter;

import java.util.OptionalLong;

/**
 * When an exchange reached which point: readings of the monotonic clock {@link System#nanoTime}, of use only against each
 * other. To be used on the exchange's event loop alone.
 */
public interface RequestTiming {

    /**
     * The points, in the order in which a plain exchange reaches them. A body that streams reaches {@link #REQUEST_END}
     * and {@link #UPSTREAM_REQUEST_END} later, even after the response.
     */
    enum Point {
        /** The connection could take requests: after the TLS handshake, and in cleartext after the first bytes. */
        CONNECTION_OPENED,
        /** The request's head was read. */
        REQUEST_HEAD,
        /** A rule matched. */
        ROUTED,
        /** The filters, of the rule and of the backend, had let the request pass. */
        FILTERED,
        /** A connection to the upstream, pooled or new, was the exchange's. */
        UPSTREAM_ACQUIRED,
        /** The request's head was on its way to the upstream. */
        UPSTREAM_REQUEST_HEAD,
        /** The client had sent all of its request. */
        REQUEST_END,
        /** All of the request was on its way to the upstream. */
        UPSTREAM_REQUEST_END,
        /** The upstream's response head was read; interim ones (1xx) do not count. */
        UPSTREAM_RESPONSE_HEAD,
        /** The response's head was on its way to the client. */
        RESPONSE_COMMITTED,
        /** The upstream's response was read to its end. */
        UPSTREAM_RESPONSE_END,
        /** The exchange was over, well or not. */
        ENDED
    }

    /** The reading at this point, in nanoseconds; empty when it is not reached. */
    OptionalLong at(Point point);

    /**
     * Nanoseconds from one point to another; negative when they were reached the other way round, empty when one of them
     * is not reached.
     */
    default OptionalLong elapsed(Point from, Point to) {
        OptionalLong begin = at(from);
        OptionalLong end = at(to);
        return begin.isPresent() && end.isPresent()
                ? OptionalLong.of(end.getAsLong() - begin.getAsLong())
                : OptionalLong.empty();
    }
}
