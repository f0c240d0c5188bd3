package dev.sluice.balance;

import java.util.ArrayList;
import java.util.List;

/** A target whose every answer can be set. */
final class TestTarget implements Target {

    private final String name;
    private final PeakLatency latency = new PeakLatency();
    int weight = 1;
    int priority;
    String zone = "";
    boolean fit = true;
    int requests;
    boolean fresh;
    long freshSinceNanos;

    TestTarget(String name) {
        this.name = name;
    }

    /** Equals among each other, with names that look like addresses. */
    static List<TestTarget> many(int count) {
        List<TestTarget> targets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            targets.add(new TestTarget("10.0." + i / 250 + "." + i % 250 + ":8080"));
        }
        return targets;
    }

    static List<TestTarget> weighted(int... weights) {
        List<TestTarget> targets = many(weights.length);
        for (int i = 0; i < weights.length; i++) {
            targets.get(i).weight = weights[i];
        }
        return targets;
    }

    TestTarget weight(int value) {
        weight = value;
        return this;
    }

    TestTarget priority(int value) {
        priority = value;
        return this;
    }

    TestTarget zone(String value) {
        zone = value;
        return this;
    }

    TestTarget fit(boolean value) {
        fit = value;
        return this;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int weight() {
        return weight;
    }

    @Override
    public int priority() {
        return priority;
    }

    @Override
    public String zone() {
        return zone;
    }

    @Override
    public boolean fit() {
        return fit;
    }

    @Override
    public int requests() {
        return requests;
    }

    @Override
    public PeakLatency latency() {
        return latency;
    }

    @Override
    public boolean fresh() {
        return fresh;
    }

    @Override
    public long freshSinceNanos() {
        return freshSinceNanos;
    }

    @Override
    public String toString() {
        return name;
    }
}
