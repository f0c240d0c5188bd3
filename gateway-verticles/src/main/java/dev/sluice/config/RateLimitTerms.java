package dev.sluice.config;

import java.time.Duration;
import java.util.List;

/**
 * What a {@code sluice.dev/v1 RateLimit} asks.
 *
 * @param rules each of them has to let a request pass
 * @param mode who shares the limits
 * @param onClusterLoss what holds in cluster mode while most of the cluster is out of sight
 * @param headers whether responses tell what is left
 */
public record RateLimitTerms(List<Rule> rules, Mode mode, OnClusterLoss onClusterLoss, boolean headers) {

    /** Who shares the limits. */
    public enum Mode {
        /** The event loops of one node. */
        LOCAL,
        /** All nodes of the cluster. */
        CLUSTER
    }

    /** What holds while most of the cluster is out of sight. */
    public enum OnClusterLoss {
        /** The limit divided by the nodes that were there. */
        LOCAL_SHARE,
        /** No limit. */
        OPEN,
        /** Nothing passes. */
        CLOSED
    }

    /**
     * One limit.
     *
     * @param key what each has a bucket of its own
     * @param quota how much there is in it
     */
    public record Rule(LimitKey key, Quota quota) {}

    /**
     * A token bucket.
     *
     * @param requests that come back in {@code per}, 1..1,000,000
     * @param per 1 second to 24 hours, in whole seconds
     * @param burst that a bucket holds when it is full, 1..1,000,000
     */
    public record Quota(long requests, Duration per, long burst) {

        private static final long MICROS_PER_SECOND = 1_000_000;

        /** {@link #per} in microseconds. */
        public long perMicros() {
            return per.toSeconds() * MICROS_PER_SECOND;
        }

        /** How long an empty bucket takes until so many tokens are back, in microseconds, rounded up. */
        public long microsFor(long tokens) {
            return (tokens * perMicros() + requests - 1) / requests;
        }

        /** This node's share of it when so many share it evenly; one request at least. */
        public Quota share(int nodes) {
            return new Quota(Math.max(1, requests / nodes), per, Math.max(1, burst / nodes));
        }
    }

    /** What a bucket is for. */
    public enum KeySource {
        /** The client's address, of IPv6 the first 64 bits. */
        CLIENT_IP,
        /** A request header. */
        HEADER,
        /** A query parameter. */
        QUERY,
        /** A claim of the bearer token, which nobody has verified. */
        JWT_CLAIM,
        /** The rule of the route: one bucket for all its requests. */
        ROUTE
    }

    /**
     * What a bucket is for.
     *
     * @param source where its name is found
     * @param name of the header (lower case), parameter or claim; empty where there is none
     * @param secret whether the name is an API key
     */
    public record LimitKey(KeySource source, String name, boolean secret) {}

    public RateLimitTerms {
        rules = List.copyOf(rules);
    }
}
