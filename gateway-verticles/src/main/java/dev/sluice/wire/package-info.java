/**
 * The only package that touches Netty and Vert.x's {@code impl}, {@code internal} and {@code spi} types: one class per
 * hook, each with a test that fails when an update of Vert.x or Netty breaks it.
 *
 * <p>Starting point: {@link dev.sluice.wire.WireTransport}, through which every hook on accepted connections comes in.
 */
@NullMarked
package dev.sluice.wire;

import org.jspecify.annotations.NullMarked;
