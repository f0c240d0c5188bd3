package dev.sluice.bench.load;

import java.time.Duration;

/**
 * What one run measured.
 *
 * @param completed requests answered as they should be
 * @param failed requests that were not: another status, a short body, a reset, a closed connection
 * @param firstFailure what the first of those was, empty for none
 * @param elapsed first request to last answer
 * @param p50 median latency
 * @param p99 99th percentile
 * @param p999 99.9th percentile
 * @param max longest
 */
public record LoadResult(
        long completed,
        long failed,
        String firstFailure,
        Duration elapsed,
        Duration p50,
        Duration p99,
        Duration p999,
        Duration max) {}
