package dev.sluice.balance;

/** An endpoint, as balancers see it. Weight, priority, zone and fitness hold until the next {@link Selection}. */
public interface Target {

    /** What it is told apart by, the same on every loop and node: its place on rings and in tables. */
    String name();

    /** Its share among the others, at least 1. */
    int weight();

    /** The lowest number is used first. */
    int priority();

    /** Where it stands; empty when nobody says. */
    String zone();

    /** Whether it is given requests. */
    boolean fit();

    /** Requests under way. */
    int requests();

    /** What it answers in. */
    PeakLatency latency();

    /** Whether it came, or came back, while others were already there. */
    boolean fresh();

    /** When it came, for {@link #fresh} ones. */
    long freshSinceNanos();
}
