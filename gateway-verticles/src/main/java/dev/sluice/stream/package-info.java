/**
 * The accounts of clients that reset streams or flood: what a loop counts and reports ({@link dev.sluice.stream.ClientResets}),
 * what is judged over all loops ({@link dev.sluice.stream.ClientLedger}), and the policy that comes of it ({@link
 * dev.sluice.stream.StreamPolicy}).
 */
@NullMarked
package dev.sluice.stream;

import org.jspecify.annotations.NullMarked;
