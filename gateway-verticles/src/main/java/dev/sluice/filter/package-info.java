/**
 * Filters: what may look at, change or answer a request between matching and forwarding.
 *
 * <p>Starting points: {@link dev.sluice.filter.HttpFilter} and {@link dev.sluice.filter.FilterContext} (all that a
 * filter sees), {@link dev.sluice.filter.FilterFactory} (to add one), {@link dev.sluice.filter.BuiltInFilters} (the list
 * of built-in ones). Runs on the event loop: may not block, lock, or touch the event bus.
 */
@NullMarked
package dev.sluice.filter;

import org.jspecify.annotations.NullMarked;
