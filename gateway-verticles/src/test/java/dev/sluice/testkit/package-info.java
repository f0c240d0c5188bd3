/**
 * What every test stands on: real backends, raw clients, certificates and a gateway, all on loopback and ephemeral
 * ports.
 *
 * <p>Starting points: {@link dev.sluice.testkit.GatewayExtension} (a gateway per test),
 * {@link dev.sluice.testkit.TestConfig} (its configuration), {@link dev.sluice.testkit.UpstreamServer} (a well-behaved
 * backend), {@link dev.sluice.testkit.RawUpstream} and {@link dev.sluice.testkit.RawH2Upstream} (misbehaving ones), {@link dev.sluice.testkit.RawHttp1} and
 * {@link dev.sluice.testkit.RawH2Client} (clients that see every byte and frame). Nothing here sleeps: waits are
 * {@link dev.sluice.testkit.Gate} and {@link dev.sluice.testkit.Eventually}, all with one deadline.
 */
@NullMarked
package dev.sluice.testkit;

import org.jspecify.annotations.NullMarked;
