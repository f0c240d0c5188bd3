/**
 * What operators see: counters of one loop, metrics, the access log.
 *
 * <p>Starting points: {@link dev.sluice.observe.ExchangeRecord} (what there is to tell of one exchange),
 * {@link dev.sluice.observe.LoopCounters} and {@link dev.sluice.observe.LoopHistograms} (what a loop counts),
 * {@link dev.sluice.observe.GatewayMetrics} (what {@code /metrics} shows of it), {@link dev.sluice.observe.AccessLog}.
 */
@NullMarked
package dev.sluice.observe;

import org.jspecify.annotations.NullMarked;
