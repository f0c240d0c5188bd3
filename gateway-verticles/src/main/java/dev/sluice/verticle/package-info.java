/**
 * The verticles, each the owner of an event loop's resources or the single writer of some control state.
 *
 * <p>Starting point: {@link dev.sluice.verticle.GatewayRuntime}, which deploys them.
 */
@NullMarked
package dev.sluice.verticle;

import org.jspecify.annotations.NullMarked;
