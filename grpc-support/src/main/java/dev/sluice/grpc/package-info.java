/**
 * What gRPC clients need beyond HTTP/2: answers in their own form.
 *
 * <p>Starting points: {@link dev.sluice.grpc.GrpcReply} (a gateway-made answer), {@link
 * dev.sluice.grpc.GrpcStatusTable} (which status a failure gets). Calls themselves are proxied as HTTP streams by
 * {@code gateway-verticles}, which knows nothing of messages. May use {@code spi} and {@code failure} only.
 */
@NullMarked
package dev.sluice.grpc;

import org.jspecify.annotations.NullMarked;
