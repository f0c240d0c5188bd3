/**
 * gRPC: the calls in which the gateway takes part, and its own answers in their form.
 *
 * <p>Starting points: {@link dev.sluice.grpc.protocol.GrpcRule} (what is a call), {@link dev.sluice.grpc.GrpcCall} (deadline,
 * messages and status of one), {@link dev.sluice.grpc.GrpcReply} (a gateway-made answer), {@link
 * dev.sluice.grpc.GrpcStatusTable} (which status a failure gets), {@link dev.sluice.grpc.GrpcMetrics}. The bytes of calls
 * are proxied as HTTP streams by {@code gateway-verticles}. May use {@code spi}, {@code config}, {@code filter}, {@code failure}
 * and {@code observe} only.
 */
@NullMarked
package dev.sluice.grpc;

import org.jspecify.annotations.NullMarked;
