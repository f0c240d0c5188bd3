package dev.sluice.bench.measure;

import dev.sluice.bench.load.LoadResult;

/**
 * One run of load against one peer.
 *
 * @param load what the load generator saw
 * @param cpu what the peer spent in all
 * @param peakResidentKib the most memory it has had since it started
 * @param foreignPercent CPU that neither peer nor backend nor load generator took, in percent of the machine
 */
public record Run(LoadResult load, Cpu cpu, long peakResidentKib, double foreignPercent) {

    /** CPU time of one completed request. */
    public Cpu cpuPerRequest() {
        return cpu.over(Math.max(1, load.completed()));
    }

    /** Completed requests a second. */
    public double perSecond() {
        return load.elapsed().isZero()
                ? 0
                : load.completed() * 1e9 / load.elapsed().toNanos();
    }
}
