/**
 * Whether endpoints are fit: probed actively, and judged by what requests met. For {@code UpstreamVerticle}, on its loop.
 *
 * <p>Starting points: {@link dev.sluice.health.UpstreamHealth} (all backends), {@link dev.sluice.health.BackendHealth}
 * (one), {@link dev.sluice.health.OutlierDetector} (who is ejected), {@link dev.sluice.health.Probe} (what is asked).
 */
@NullMarked
package dev.sluice.health;

import org.jspecify.annotations.NullMarked;
