/**
 * What the gateway asks of others: {@code cluster}, {@code grpc-support}, {@code k8s} and {@code deploy} implement these.
 *
 * <p>Starting point: {@link dev.sluice.spi.Extensions}, what a distribution wires. Filters of users have their interface
 * in {@link dev.sluice.filter}.
 */
@NullMarked
package dev.sluice.spi;

import org.jspecify.annotations.NullMarked;
