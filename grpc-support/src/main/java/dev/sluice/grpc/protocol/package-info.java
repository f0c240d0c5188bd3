/**
 * gRPC as the gateway's rules know it: which requests are calls, and in which dialect of their clients.
 *
 * <p>Starting point: {@link dev.sluice.grpc.protocol.GrpcRule}. Puts together what {@code dev.sluice.grpc} and its other
 * packages offer.
 */
@NullMarked
package dev.sluice.grpc.protocol;

import org.jspecify.annotations.NullMarked;
