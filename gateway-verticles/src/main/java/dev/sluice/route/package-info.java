/**
 * Matching: a configuration snapshot compiled once, then read only.
 *
 * <p>Starting points: {@link dev.sluice.route.RouteCompiler} (snapshot to table), {@link dev.sluice.route.RouteTable}
 * (all sockets and their routes), {@link dev.sluice.route.BindRoutes} (the lookup that each request makes). Runs on
 * the event loop: may not block, lock, or touch the event bus.
 */
@NullMarked
package dev.sluice.route;

import org.jspecify.annotations.NullMarked;
