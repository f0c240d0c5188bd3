/**
 * Which of several endpoints gets a request: the six policies, what part of the traffic each priority and zone takes,
 * slow start, and the limit that follows latency. Knows nothing of connections and requests.
 *
 * <p>Starting point: {@link dev.sluice.balance.Selection}. Runs on the event loop: may not block, lock, or touch the
 * event bus. Choosing allocates nothing; tables are built when the set of endpoints changes.
 */
@NullMarked
package dev.sluice.balance;

import org.jspecify.annotations.NullMarked;
