/**
 * Rate limits: who has which tokens.
 *
 * <p>Starting points: {@link dev.sluice.limit.LoopLimits}, what filters on one event loop take from, and {@link
 * dev.sluice.limit.NodeLimits}, where all loops of a node get theirs, from a bucket of the node's own or from the cluster.
 * Tokens travel in leases ({@link dev.sluice.limit.LeasedTokens}), so that a request asks its own loop only. Each object
 * belongs to one event loop.
 */
@NullMarked
package dev.sluice.limit;

import org.jspecify.annotations.NullMarked;
