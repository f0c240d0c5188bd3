/**
 * Rate limits that all nodes share.
 *
 * <p>Starting points: {@link dev.sluice.cluster.limit.SharedBuckets}, which asks the owner of a key, and {@link
 * dev.sluice.cluster.limit.LendTokens}, what is done there.
 */
@NullMarked
package dev.sluice.cluster.limit;

import org.jspecify.annotations.NullMarked;
