package dev.sluice.observe;

/**
 * The requests to a backend that have ended so far.
 *
 * @param ended all of them
 * @param failed those that were not answered, or with a status of 500 or more
 */
public record BackendCount(long ended, long failed) {}
