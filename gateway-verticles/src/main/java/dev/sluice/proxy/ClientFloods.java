package dev.sluice.proxy;

import dev.sluice.loop.Loop;
import dev.sluice.observe.Metric;
import dev.sluice.wire.Flood;
import dev.sluice.wire.FloodListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells operators of a client that is cut off, and counts it. */
final class ClientFloods implements FloodListener {

    private static final Logger log = LoggerFactory.getLogger(ClientFloods.class);

    private final Loop loop;
    private final String ip;

    ClientFloods(Loop loop, String ip) {
        this.loop = loop;
        this.ip = ip;
    }

    @Override
    public void reset() {}

    @Override
    public void flood(Flood kind, int count) {
        loop.counters().increment(Metric.DOWNSTREAM_FLOODS);
        log.warn("event=client_flood client={} kind={} count={}", ip, kind, count);
    }
}
