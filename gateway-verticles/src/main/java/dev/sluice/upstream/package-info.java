/**
 * Upstreams as one event loop sees them: endpoints, connections, who gets one when.
 *
 * <p>Starting points: {@link dev.sluice.upstream.Upstreams} (the registry of a loop),
 * {@link dev.sluice.upstream.ConnectionPool} (who gets a connection when). Runs on the event loop: may not block, lock,
 * or touch the event bus.
 */
@NullMarked
package dev.sluice.upstream;

import org.jspecify.annotations.NullMarked;
