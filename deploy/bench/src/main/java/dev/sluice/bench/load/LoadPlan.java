package dev.sluice.bench.load;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * One run of the load generator.
 *
 * @param protocol the protocol spoken
 * @param target address of the proxy
 * @param connections connections kept busy
 * @param streams requests in flight on each, 1 for HTTP/1.1
 * @param calls sent in turn
 * @param perSecond requests a second over all connections, latency counted from when each was due; 0 sends the next
 *     one as soon as an answer is complete
 * @param newConnectionEach whether every request has a connection of its own
 * @param duration how long requests are started
 */
public record LoadPlan(
        Protocol protocol,
        InetSocketAddress target,
        int connections,
        int streams,
        List<Call> calls,
        double perSecond,
        boolean newConnectionEach,
        Duration duration) {}
