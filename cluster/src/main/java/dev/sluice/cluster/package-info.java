/**
 * Gateways that act as one, on Hazelcast under Vert.x's cluster manager. Nothing here is on a request's way: the cluster
 * has threads and a Vert.x of its own, and traffic goes on whatever happens to it.
 *
 * <p>Starting point: {@link dev.sluice.cluster.ClusterNode}. A node's connections to others are proven by {@link
 * dev.sluice.cluster.MemberProof} (Hazelcast's) and {@link dev.sluice.cluster.BusCertificate} (the event bus's).
 */
@NullMarked
package dev.sluice.cluster;

import org.jspecify.annotations.NullMarked;
