package dev.sluice.bench;

import dev.sluice.bench.load.Load;
import dev.sluice.bench.load.LoadGenerator;
import dev.sluice.bench.measure.Machine;
import dev.sluice.bench.peer.Peer;
import dev.sluice.bench.report.Report;
import dev.sluice.bench.report.Results;
import dev.sluice.bench.report.Results.ScenarioResult;
import dev.sluice.bench.scenario.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sluice bench}. */
@Command(
        name = "sluice bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Compares Sluice with other proxies on this machine: CPU time, latency and memory, per scenario.")
public final class BenchMain implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private BenchOptions options = new BenchOptions();

    private final Progress progress = Progress.onStderr();

    private BenchMain() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new BenchMain()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path out = options.out.toAbsolutePath();
        Path logs = out.resolve("logs");
        Path home = Path.of(System.getProperty("sluice.home", ".")).toAbsolutePath();
        if (options.list) {
            list(home, logs);
            return 0;
        }
        List<Scenario> scenarios;
        List<Peer> peers;
        try {
            scenarios = options.selectedScenarios();
            peers = options.selectedPeers(home, logs);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        Files.createDirectories(logs);
        // What must be built may need the network, which the namespace has not.
        Map<String, String> unable = prepare(peers);
        List<String> notes = new ArrayList<>();
        if (!Namespace.inside()) {
            if (Namespace.available()) {
                return Namespace.enter();
            }
            notes.add("Not in a network namespace of its own (it takes root, unshare and ip): a firewall or a full"
                    + " connection tracking table of the machine may show in the figures.");
            progress.note(notes.get(0));
        }
        run(scenarios, peers, unable, notes, out);
        return 0;
    }

    private void run(
            List<Scenario> scenarios, List<Peer> peers, Map<String, String> unable, List<String> notes, Path out)
            throws IOException, InterruptedException {
        Instant began = Instant.now();
        List<Peer> able =
                peers.stream().filter(peer -> !unable.containsKey(peer.name())).toList();
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        Ports ports = new Ports();
        List<ScenarioResult> results;
        try (BackendProcess backend = BackendProcess.start(threads, ports, out.resolve("logs/backend.log"));
                Load load = new LoadGenerator(threads)) {
            Field field = new Field(out, backend, options.workers, ports);
            results = new Bench(field, load, options.pace(), progress)
                    .run(scenarios, able, unable, result -> System.out.print(Report.text(result)));
        }
        Map<String, String> versions = new LinkedHashMap<>();
        for (Peer peer : peers) {
            versions.put(
                    peer.name(), Optional.ofNullable(unable.get(peer.name())).orElseGet(peer::version));
        }
        Results all = new Results(
                Machine.here(),
                command(),
                began,
                Duration.between(began, Instant.now()),
                options.workers,
                options.rounds(),
                versions,
                notes,
                results);
        Report.write(all, out);
        if (options.docs != null) {
            Report.document(all, options.docs);
        }
        progress.note("results.json, plots and logs are in " + out);
    }

    /** Why peers cannot be started, by name, with those left out that can. */
    private Map<String, String> prepare(List<Peer> peers) {
        Map<String, String> unable = new LinkedHashMap<>();
        for (Peer peer : peers) {
            progress.detail("preparing " + peer.name(), Duration.ZERO);
            peer.prepare().ifPresent(why -> unable.put(peer.name(), why));
        }
        progress.clear();
        return unable;
    }

    private void list(Path home, Path logs) {
        options.selectedScenarios()
                .forEach(scenario -> System.out.printf("%-20s %s%n", scenario.name(), scenario.title()));
        System.out.println();
        options.known(home, logs).forEach(peer -> System.out.println(peer.name()));
    }

    private String command() {
        return ("./sluice bench "
                        + String.join(" ", spec.commandLine().getParseResult().originalArgs()))
                .trim();
    }
}
