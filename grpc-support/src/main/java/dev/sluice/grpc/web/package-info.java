/**
 * gRPC-Web ({@code PROTOCOL-WEB.md}): what browsers speak in place of gRPC, since they cannot read trailers.
 *
 * <p>Starting points: {@link dev.sluice.grpc.web.WebCall} (a call whose client speaks it), {@link
 * dev.sluice.grpc.web.WebReply} (a gateway-made answer to such a client).
 */
@NullMarked
package dev.sluice.grpc.web;

import org.jspecify.annotations.NullMarked;
