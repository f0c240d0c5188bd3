package dev.sluice.health;

import java.util.function.LongSupplier;

/**
 * The time.
 *
 * @param millis monotonic, for durations and deadlines
 * @param epochMillis wall clock, for people
 */
public record Clock(LongSupplier millis, LongSupplier epochMillis) {}
