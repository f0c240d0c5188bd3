/**
 * What operators see: counters of one loop, metrics, the access log.
 *
 * <p>Starting points: {@link dev.sluice.observe.ExchangeRecord} (what there is to tell of one exchange),
 * {@link dev.sluice.observe.LoopCounters}.
 */
@NullMarked
package dev.sluice.observe;

import org.jspecify.annotations.NullMarked;
