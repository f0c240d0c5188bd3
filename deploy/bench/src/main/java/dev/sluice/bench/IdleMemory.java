package dev.sluice.bench;

import dev.sluice.bench.load.Load;
import dev.sluice.bench.measure.Outcome;
import dev.sluice.bench.measure.ProcessTree;
import dev.sluice.bench.scenario.Scenarios;
import dev.sluice.bench.scenario.Work;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What a connection that does nothing keeps: resident memory after less before, over their number. */
final class IdleMemory {

    /** What pools, caches and code take once is there before the first reading. */
    private static final Work.Pressure SETTLE = new Work.Pressure(64, 1, List.of(Scenarios.SMALL), 0, false);

    private static final Duration SETTLE_TIME = Duration.ofSeconds(2);

    private final Load load;

    IdleMemory(Load load) {
        this.load = load;
    }

    /** Measures one contestant once, in KiB per connection; virtual machines collect garbage before each reading. */
    Outcome measure(Contestant contestant, int connections) throws IOException, InterruptedException {
        ProcessTree tree = contestant.process().tree();
        load.run(SETTLE.plan(contestant.protocol(), contestant.address(), SETTLE_TIME));
        long before = settled(tree);
        long after;
        try {
            AutoCloseable opened = load.idle(contestant.protocol(), contestant.address(), connections, Scenarios.SMALL);
            after = settled(tree);
            opened.close();
        } catch (IOException | InterruptedException e) {
            throw e;
        } catch (Exception e) {
            return new Outcome.Nothing("failed: %s, see %s"
                    .formatted(e.getMessage(), contestant.process().log()));
        }
        return new Outcome.Sampled(List.of((after - before) / (double) connections));
    }

    private static long settled(ProcessTree tree) throws IOException, InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        for (ProcessHandle vm : tree.virtualMachines().toList()) {
            new ProcessBuilder(jcmd.toString(), Long.toString(vm.pid()), "GC.run")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        }
        return tree.residentKib();
    }
}
