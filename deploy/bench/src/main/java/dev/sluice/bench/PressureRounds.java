package dev.sluice.bench;

import dev.sluice.bench.load.Load;
import dev.sluice.bench.load.LoadResult;
import dev.sluice.bench.measure.Cpu;
import dev.sluice.bench.measure.MachineCpu;
import dev.sluice.bench.measure.Outcome;
import dev.sluice.bench.measure.ProcessTree;
import dev.sluice.bench.measure.Run;
import dev.sluice.bench.scenario.Work;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Load on contestants in rounds; one of them works at a time. */
final class PressureRounds {

    private final Load load;
    private final ProcessTree backend;
    private final Work.Pressure work;

    PressureRounds(Load load, ProcessTree backend, Work.Pressure work) {
        this.load = load;
        this.backend = backend;
        this.work = work;
    }

    /**
     * Runs all rounds, each beginning with another contestant.
     *
     * @param progress is told of every run
     * @return outcomes by name of the peer
     */
    Map<String, Outcome> run(List<Contestant> contestants, int rounds, Duration length, Consumer<String> progress) {
        List<List<Run>> runs = new ArrayList<>();
        contestants.forEach(contestant -> runs.add(new ArrayList<>()));
        for (int round = 0; round < rounds; round++) {
            for (int turn = 0; turn < contestants.size(); turn++) {
                int i = (round + turn) % contestants.size();
                Contestant contestant = contestants.get(i);
                progress.accept("%s, round %d of %d".formatted(contestant.peer().name(), round + 1, rounds));
                runs.get(i).add(measure(contestant, length));
            }
        }
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        for (int i = 0; i < contestants.size(); i++) {
            Contestant contestant = contestants.get(i);
            outcomes.put(contestant.peer().name(), outcome(contestant, runs.get(i)));
        }
        return outcomes;
    }

    private Run measure(Contestant contestant, Duration length) {
        ProcessTree peer = contestant.process().tree();
        ProcessTree self = ProcessTree.self();
        Cpu peerBefore = peer.cpu();
        Cpu othersBefore = backend.cpu().plus(self.cpu());
        MachineCpu machineBefore = MachineCpu.now();
        LoadResult result = load.run(work.plan(contestant.protocol(), contestant.address(), length));
        MachineCpu machine = MachineCpu.now().minus(machineBefore);
        Cpu others = backend.cpu().plus(self.cpu()).minus(othersBefore);
        Cpu spent = peer.cpu().minus(peerBefore);
        return new Run(result, spent, peer.peakResidentKib(), machine.foreignPercent(spent.plus(others)));
    }

    private static Outcome outcome(Contestant contestant, List<Run> runs) {
        if (!contestant.process().alive()) {
            return new Outcome.Nothing(
                    "failed: ended meanwhile, see " + contestant.process().log());
        }
        Outcome.Loaded loaded = new Outcome.Loaded(runs);
        return runs.stream().anyMatch(run -> run.load().completed() == 0)
                ? new Outcome.Nothing("failed: %s, see %s"
                        .formatted(loaded.firstFailure(), contestant.process().log()))
                : loaded;
    }
}
