/**
 * What the gateway asks of others: {@code cluster}, {@code grpc-support}, {@code k8s}, {@code deploy} and the
 * filters that users write implement these.
 *
 * <p>Starting points: {@link dev.sluice.spi.FilterFactory} to add a filter, {@link dev.sluice.spi.Extensions} for what
 * a distribution wires.
 */
@NullMarked
package dev.sluice.spi;

import org.jspecify.annotations.NullMarked;
