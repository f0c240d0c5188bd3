package dev.sluice.proxy;

import dev.sluice.loop.Loop;
import dev.sluice.stream.ClientResets;
import dev.sluice.stream.Flood;
import dev.sluice.wire.FloodListener;

/** What one connection's client sends too much of, for the metrics and for the account of its address. */
final class ClientFloods implements FloodListener {

    private final Loop loop;
    private final ClientResets resets;
    private final String ip;
    private final boolean shared;

    /** @param shared whether the address stands for many clients, as that of a trusted proxy: then it is never penalised */
    ClientFloods(Loop loop, ClientResets resets, String ip, boolean shared) {
        this.loop = loop;
        this.resets = resets;
        this.ip = ip;
        this.shared = shared;
    }

    @Override
    public boolean reset() {
        return !shared && resets.reset(ip);
    }

    @Override
    public void flood(Flood kind, int count) {
        loop.histograms().flood(kind);
        resets.cut(ip, shared, kind);
    }
}
