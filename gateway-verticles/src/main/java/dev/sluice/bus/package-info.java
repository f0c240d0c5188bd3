/**
 * Control messages between the verticles of one node, typed and passed by reference.
 *
 * <p>Starting points: {@link dev.sluice.bus.Message} (every message there is), {@link dev.sluice.bus.Bus} (the only
 * user of the Vert.x event bus). Bytes and requests never travel here.
 */
@NullMarked
package dev.sluice.bus;

import org.jspecify.annotations.NullMarked;
