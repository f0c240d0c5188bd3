package dev.sluice.spi;

import dev.sluice.config.RateLimitTerms.Quota;
import io.vertx.core.Future;

/**
 * The token buckets that all nodes of a cluster share. Each lies at one node, its key's owner; the others lease tokens
 * from it, ahead of what they need. May be called from any thread; futures complete on any.
 */
public interface RateLimitLeases {

    /** Of a node that shares them with nobody. */
    RateLimitLeases NONE = new RateLimitLeases() {
        @Override
        public boolean isHealthy() {
            return false;
        }

        @Override
        public int nodes() {
            return 1;
        }

        @Override
        public Future<Lease> lease(String key, Quota quota, long wanted, long returned) {
            return Future.failedFuture("there is no cluster");
        }
    };

    /** Whether this node sees most of its cluster. Where it does not, others may lend the same tokens. */
    boolean isHealthy();

    /** How many nodes there are, were when most of them were last in sight, or should be if they never were; 1 or more. */
    int nodes();

    /**
     * Leases tokens.
     *
     * @param key of the bucket; one that nobody has asked for in a while is full
     * @param wanted how many, 0 or more
     * @param returned how many that were leased go back unused, 0 or more
     * @return what the owner gives, which may be none; fails when it cannot be asked
     */
    Future<Lease> lease(String key, Quota quota, long wanted, long returned);

    /**
     * Tokens that whoever has them may use, now or later, and should return when it will not.
     *
     * @param tokens 0 or more
     * @param remaining how many there are left where they came from
     * @param retryMicros when fewer came than were wanted: after how long it is worth asking again, in microseconds
     */
    record Lease(long tokens, long remaining, long retryMicros) {

        /** None. */
        public static Lease refused(long retryMicros) {
            return new Lease(0, 0, retryMicros);
        }
    }
}
