package dev.sluice.bench;

import dev.sluice.bench.scenario.Work;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;

/** How long runs may be, so that all of them end in time. */
final class Pace {

    /** Shorter runs measure nothing: CPU time comes in ticks of 10 ms. */
    private static final double SHORTEST_SECONDS = 0.5;
    /** Longer ones say nothing more. */
    private static final double LONGEST_SECONDS = 5;
    /** All peers of a scenario start at once; the slowest decides. */
    private static final double START_SECONDS = 4;

    /** New connections of an idle scenario in a second, as slow proxies open them. */
    private static final double IDLE_PER_SECOND = 2500;
    /** Runs at a constant rate are that much longer: few requests take few ticks. */
    private static final int RATE_FACTOR = 3;

    private final Duration budget;
    private final int rounds;
    private final Duration warmUp;
    private final OptionalDouble fixedSeconds;
    private final LongSupplier nanoTime;
    private final long began;

    /**
     * @param budget for everything
     * @param rounds of each scenario
     * @param warmUp the most CPU time of one peer
     * @param fixedSeconds the length of runs when the user has chosen it
     */
    Pace(Duration budget, int rounds, Duration warmUp, OptionalDouble fixedSeconds, LongSupplier nanoTime) {
        this.budget = budget;
        this.rounds = rounds;
        this.warmUp = warmUp;
        this.fixedSeconds = fixedSeconds;
        this.nanoTime = nanoTime;
        began = nanoTime.getAsLong();
    }

    /**
     * Work ahead.
     *
     * @param work of a scenario
     * @param peers that take part
     */
    record Ahead(Work work, int peers) {}

    int rounds() {
        return rounds;
    }

    /** The most CPU time that one peer may spend on warming up. */
    Duration warmUp() {
        return warmUp;
    }

    /** How long that may take, which is less when there is no time to spare. */
    Duration patience(List<Ahead> left) {
        boolean spare = fixedSeconds.isPresent() || spareSeconds(left) > SHORTEST_SECONDS * runs(left);
        return spare ? warmUp : warmUp.dividedBy(2);
    }

    /** The length of the next scenario's runs, given all work that is left, which begins with it. */
    Duration run(List<Ahead> left) {
        double seconds = fixedSeconds.orElseGet(() ->
                Math.min(LONGEST_SECONDS, seconds(left) * factor(left.get(0).work())));
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    /** About how long all of that will take. */
    Duration estimate(List<Ahead> left) {
        return Duration.ofNanos((long) ((fixed(left) + seconds(left) * runs(left)) * 1e9));
    }

    private double seconds(List<Ahead> left) {
        if (fixedSeconds.isPresent()) {
            return fixedSeconds.getAsDouble();
        }
        return Math.max(SHORTEST_SECONDS, Math.min(LONGEST_SECONDS, spareSeconds(left) / Math.max(1, runs(left))));
    }

    private double spareSeconds(List<Ahead> left) {
        return (budget.toNanos() - (nanoTime.getAsLong() - began)) / 1e9 - fixed(left);
    }

    private int runs(List<Ahead> left) {
        return left.stream()
                .mapToInt(ahead -> ahead.peers() * rounds * factor(ahead.work()))
                .sum();
    }

    private static int factor(Work work) {
        if (work instanceof Work.Pressure pressure) {
            return pressure.perSecond() > 0 ? RATE_FACTOR : 1;
        }
        return 0;
    }

    private double fixed(List<Ahead> left) {
        return left.stream().mapToDouble(this::fixed).sum();
    }

    private double fixed(Ahead ahead) {
        if (ahead.work() instanceof Work.Pressure) {
            // Half of the peers are native and warm at once; the others are steady in less than half of the time.
            return START_SECONDS + ahead.peers() * warmUp.toMillis() / 5000.0;
        }
        if (ahead.work() instanceof Work.Idle idle) {
            return START_SECONDS + ahead.peers() * (2 + idle.connections() / IDLE_PER_SECOND);
        }
        return (rounds + 1) * ahead.peers();
    }
}
