package dev.sluice.proxy;

import dev.sluice.config.ClientTerms;
import dev.sluice.filter.RequestTiming.Point;
import io.vertx.core.MultiMap;

/** The {@code Server-Timing} header (W3C Server Timing): where the gateway's time went, in milliseconds. */
final class ServerTiming {

    private ServerTiming() {}

    /** Adds a line behind the upstream's own, if the listener's terms want it. */
    static void append(ClientTerms terms, ExchangeJournal journal, MultiMap headers) {
        if (!terms.serverTiming()) {
            return;
        }
        StringBuilder value = new StringBuilder(64);
        long filtered = journal.since(Point.REQUEST_HEAD, Point.FILTERED);
        metric(value, "gateway", filtered < 0 ? journal.ageNanos() : filtered); // a filter answers
        metric(value, "connect", journal.since(Point.FILTERED, Point.UPSTREAM_ACQUIRED));
        metric(value, "upstream", journal.since(Point.UPSTREAM_REQUEST_HEAD, Point.UPSTREAM_RESPONSE_HEAD));
        headers.add("server-timing", value.toString());
    }

    private static void metric(StringBuilder value, String name, long nanos) {
        if (nanos < 0) {
            return; // not reached
        }
        if (value.length() > 0) {
            value.append(", ");
        }
        long micros = nanos / 1_000;
        long fraction = micros % 1_000;
        value.append(name).append(";dur=").append(micros / 1_000).append('.');
        value.append((char) ('0' + fraction / 100));
        value.append((char) ('0' + fraction / 10 % 10));
        value.append((char) ('0' + fraction % 10));
    }
}
