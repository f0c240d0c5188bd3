package dev.sluice.bench;

import dev.sluice.bench.load.Load;
import dev.sluice.bench.load.LoadResult;
import dev.sluice.bench.measure.Cpu;
import dev.sluice.bench.measure.ProcessTree;
import dev.sluice.bench.scenario.Work;
import java.time.Duration;

/** Load before anything is measured, until a virtual machine has compiled what it runs. */
final class WarmUp {

    private static final Duration SLICE = Duration.ofMillis(500);
    /** A change of CPU time per request that is no more than noise. */
    private static final double STEADY = 0.05;
    /** Slices in a row that must be alike: compilers pause, too. */
    private static final int STEADY_SLICES = 3;

    private final Load load;

    WarmUp(Load load) {
        this.load = load;
    }

    /**
     * Warms one contestant, as fast as it can be and not at the scenario's rate.
     *
     * @param cpu the most CPU time it may spend on that
     * @param patience the longest it may take, on a machine that others use too
     */
    void run(Contestant contestant, Work.Pressure work, Duration cpu, Duration patience) {
        Work.Pressure fast =
                new Work.Pressure(work.connections(), work.streams(), work.calls(), 0, work.newConnectionEach());
        ProcessTree tree = contestant.process().tree();
        int alike = 0;
        double last = 0;
        Cpu begun = tree.cpu();
        Cpu before = begun;
        long deadline = System.nanoTime() + patience.toNanos();
        do {
            LoadResult result = load.run(fast.plan(contestant.protocol(), contestant.address(), SLICE));
            Cpu after = tree.cpu();
            double now =
                    after.minus(before).over(Math.max(1, result.completed())).totalMicros();
            alike = Math.abs(now - last) <= STEADY * last ? alike + 1 : 0;
            last = now;
            before = after;
        } while (compiles(tree)
                && alike < STEADY_SLICES
                && before.minus(begun).totalMicros() < cpu.toNanos() / 1000.0
                && System.nanoTime() < deadline);
    }

    private static boolean compiles(ProcessTree tree) {
        return tree.virtualMachines().findAny().isPresent();
    }
}
