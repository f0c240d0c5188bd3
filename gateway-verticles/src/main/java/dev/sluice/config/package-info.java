/**
 * What the user wrote, as immutable records: Gateway API shapes and Sluice's own kinds.
 *
 * <p>Starting points: {@link dev.sluice.config.GatewayConfig} (all resources of one snapshot) and
 * {@link dev.sluice.config.Defaults} (every default value). Depends on nothing else in the project.
 */
@NullMarked
package dev.sluice.config;

import org.jspecify.annotations.NullMarked;
