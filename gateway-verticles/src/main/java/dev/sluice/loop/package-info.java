/**
 * What every data-plane object of one event loop shares: its timer, counters, clock and randomness.
 *
 * <p>Starting point: {@link dev.sluice.loop.Loop}. Everything here is used from its own loop only.
 */
@NullMarked
package dev.sluice.loop;

import org.jspecify.annotations.NullMarked;
