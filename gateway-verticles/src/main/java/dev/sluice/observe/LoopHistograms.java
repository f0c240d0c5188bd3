package dev.sluice.observe;

/** Request counts and duration histograms of one loop, by protocol and status class; single writer, like the counters. */
public final class LoopHistograms {

    /** Counts a finished exchange; only on the owning loop. */
    public void record(ExchangeRecord exchange) {}
}
