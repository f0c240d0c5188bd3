/**
 * gRPC services that are served in this process: the gateway's own health and reflection, and the frame for them.
 *
 * <p>Starting points: {@link dev.sluice.grpc.service.HealthService}, {@link
 * dev.sluice.grpc.service.ReflectionService}, and {@link dev.sluice.grpc.service.GrpcService}, which makes a {@code
 * LocalService} of methods.
 */
@NullMarked
package dev.sluice.grpc.service;

import org.jspecify.annotations.NullMarked;
