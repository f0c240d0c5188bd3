/**
 * The {@code sluice} command: reads flags and files, wires the modules together, runs the gateway as a process.
 *
 * <p>Starting points: {@link dev.sluice.deploy.GatewayMain} (the command line), {@link dev.sluice.deploy.RunCommand}
 * (from flags to a running gateway), {@link dev.sluice.deploy.Wiring} (what this distribution adds to the gateway).
 */
@NullMarked
package dev.sluice.deploy;

import org.jspecify.annotations.NullMarked;
