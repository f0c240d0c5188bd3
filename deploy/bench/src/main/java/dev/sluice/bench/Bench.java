package dev.sluice.bench;

import dev.sluice.bench.load.Load;
import dev.sluice.bench.measure.Outcome;
import dev.sluice.bench.peer.Peer;
import dev.sluice.bench.report.Results.ScenarioResult;
import dev.sluice.bench.scenario.Scenario;
import dev.sluice.bench.scenario.Work;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/** Runs scenarios, one after the other. */
final class Bench {

    /** All at once with 10,000 routes each, virtual machines may take half of that. */
    private static final Duration START = Duration.ofSeconds(60);

    private final Field field;
    private final Load load;
    private final Pace pace;
    private final Progress progress;

    Bench(Field field, Load load, Pace pace, Progress progress) {
        this.field = field;
        this.load = load;
        this.pace = pace;
        this.progress = progress;
    }

    /**
     * Runs them all.
     *
     * @param peers those that can be started
     * @param unable why others cannot, by name
     * @param each is given every result as soon as it is there
     */
    List<ScenarioResult> run(
            List<Scenario> scenarios, List<Peer> peers, Map<String, String> unable, Consumer<ScenarioResult> each)
            throws IOException, InterruptedException {
        List<ScenarioResult> results = new ArrayList<>();
        for (int i = 0; i < scenarios.size(); i++) {
            Scenario scenario = scenarios.get(i);
            List<Pace.Ahead> left = scenarios.subList(i, scenarios.size()).stream()
                    .map(ahead -> new Pace.Ahead(ahead.work(), (int) peers.stream()
                            .filter(peer -> peer.speaks(ahead.needs()))
                            .count()))
                    .toList();
            String where = "[%d/%d] %s".formatted(i + 1, scenarios.size(), scenario.name());
            progress.step(where, pace.estimate(left));
            Duration begun = Duration.ofNanos(System.nanoTime());
            Duration estimate = pace.estimate(left);
            Consumer<String> tell = what -> {
                Duration gone = Duration.ofNanos(System.nanoTime()).minus(begun);
                Duration rest = estimate.minus(gone);
                progress.detail(where + ": " + what, rest.isNegative() ? Duration.ZERO : rest);
            };
            Map<String, Outcome> outcomes = new LinkedHashMap<>();
            for (Peer peer : peers) {
                outcomes.put(peer.name(), new Outcome.Nothing("-"));
            }
            unable.forEach((name, why) -> outcomes.put(name, new Outcome.Nothing(why)));
            List<Peer> able =
                    peers.stream().filter(peer -> peer.speaks(scenario.needs())).toList();
            Duration length = Duration.ZERO;
            try {
                length = run(scenario, able, left, tell, outcomes);
            } catch (RuntimeException e) {
                // What was measured in other scenarios is not lost.
                able.forEach(peer -> outcomes.put(peer.name(), new Outcome.Nothing("failed: " + e)));
            }
            progress.clear();
            ScenarioResult result = new ScenarioResult(scenario, length, outcomes);
            results.add(result);
            each.accept(result);
        }
        return results;
    }

    /** Runs one, and returns how long its runs were. */
    private Duration run(
            Scenario scenario,
            List<Peer> peers,
            List<Pace.Ahead> left,
            Consumer<String> tell,
            Map<String, Outcome> outcomes)
            throws IOException, InterruptedException {
        if (scenario.work() instanceof Work.Start) {
            starts(scenario, peers, tell, outcomes);
            return Duration.ZERO;
        }
        List<Contestant> contestants = start(scenario, peers, tell, outcomes);
        try {
            if (scenario.work() instanceof Work.Idle idle) {
                IdleMemory memory = new IdleMemory(load);
                for (Contestant contestant : contestants) {
                    tell.accept(contestant.peer().name());
                    outcomes.put(contestant.peer().name(), memory.measure(contestant, idle.connections()));
                }
                return Duration.ZERO;
            }
            Work.Pressure pressure = (Work.Pressure) scenario.work();
            WarmUp warmUp = new WarmUp(load);
            for (Contestant contestant : contestants) {
                tell.accept("warming " + contestant.peer().name());
                warmUp.run(contestant, pressure, pace.warmUp(), pace.patience(left));
            }
            Duration length = pace.run(left);
            outcomes.putAll(new PressureRounds(load, field.backend().tree(), pressure)
                    .run(contestants, pace.rounds(), length, tell));
            return length;
        } finally {
            contestants.forEach(Contestant::close);
        }
    }

    /** Starts peers all at once; what does not start is an outcome. */
    private List<Contestant> start(
            Scenario scenario, List<Peer> peers, Consumer<String> tell, Map<String, Outcome> outcomes)
            throws InterruptedException {
        List<Contestant> starting = new ArrayList<>();
        for (Peer peer : peers) {
            tell.accept("starting " + peer.name());
            try {
                starting.add(field.start(peer, scenario));
            } catch (IOException e) {
                outcomes.put(peer.name(), new Outcome.Nothing("failed to start: " + e.getMessage()));
            }
        }
        List<Contestant> started = new ArrayList<>();
        for (Contestant contestant : starting) {
            if (contestant.process().awaitPort(contestant.site().front(), START)) {
                started.add(contestant);
            } else {
                contestant.close();
                outcomes.put(
                        contestant.peer().name(),
                        new Outcome.Nothing(
                                "failed to start, see " + contestant.process().log()));
            }
        }
        return started;
    }

    private void starts(Scenario scenario, List<Peer> peers, Consumer<String> tell, Map<String, Outcome> outcomes)
            throws IOException, InterruptedException {
        StartTime startTime = new StartTime(field);
        Map<String, List<Double>> samples = new LinkedHashMap<>();
        // The first of each fills the caches of files and is not counted.
        for (int round = -1; round < pace.rounds(); round++) {
            for (int i = 0; i < peers.size(); i++) {
                Peer peer = peers.get((round + 1 + i) % peers.size());
                tell.accept(peer.name());
                OptionalDouble millis = startTime.measure(peer, scenario);
                List<Double> own = samples.computeIfAbsent(peer.name(), name -> new ArrayList<>());
                if (round >= 0) {
                    millis.ifPresent(own::add);
                }
            }
        }
        samples.forEach((name, own) -> outcomes.put(
                name,
                own.isEmpty() ? new Outcome.Nothing("failed: no answer, see the log") : new Outcome.Sampled(own)));
    }
}
