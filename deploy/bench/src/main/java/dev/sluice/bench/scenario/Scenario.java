package dev.sluice.bench.scenario;

/**
 * One comparison.
 *
 * @param name as given to {@code --scenarios}
 * @param title one line on what it is
 * @param needs what a peer must speak
 * @param work what is done with it
 */
public record Scenario(String name, String title, Needs needs, Work work) {}
