/**
 * Where backends' endpoints come from, for {@code UpstreamVerticle}.
 *
 * <p>Starting points: {@link dev.sluice.discovery.Discovery} (the sources of all backends),
 * {@link dev.sluice.discovery.DnsEndpointSource} (names), {@link dev.sluice.discovery.WatchedName} (one name over
 * time). Others add their own by {@link dev.sluice.spi.EndpointSource}.
 */
@NullMarked
package dev.sluice.discovery;

import org.jspecify.annotations.NullMarked;
