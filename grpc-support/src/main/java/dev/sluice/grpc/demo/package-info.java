/**
 * The gRPC server behind {@code sluice run --demo}.
 *
 * <p>Starting point: {@link dev.sluice.grpc.demo.DemoServer}; what it offers is in {@code greeter.proto}.
 */
@NullMarked
package dev.sluice.grpc.demo;

import org.jspecify.annotations.NullMarked;
