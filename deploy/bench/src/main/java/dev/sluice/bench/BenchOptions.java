package dev.sluice.bench;

import dev.sluice.bench.peer.CommandPeer;
import dev.sluice.bench.peer.Peer;
import dev.sluice.bench.peer.Peers;
import dev.sluice.bench.peer.SluicePeer;
import dev.sluice.bench.scenario.Scenario;
import dev.sluice.bench.scenario.Scenarios;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the user asks the bench for. */
final class BenchOptions {

    /** A little less than the 20 minutes that are promised: the last run ends when it ends. */
    private static final Duration FULL = Duration.ofMinutes(18);

    private static final Duration QUICK = Duration.ofSeconds(105);
    /** CPU time after which virtual machines have compiled what matters; less would measure their compilers. */
    private static final Duration WARM_UP = Duration.ofSeconds(20);

    @Option(
            names = "--peers",
            split = ",",
            paramLabel = "NAME",
            description =
                    "Only these, for example sluice,nginx, beside any --peer; 'none' for no other (default: all of --list).")
    List<String> peers = List.of();

    @Option(
            names = "--scenarios",
            split = ",",
            paramLabel = "NAME",
            description = "Only these; globs such as 'h1-*' (default: all of --list).")
    List<String> scenarios = List.of();

    @Option(names = "--rounds", paramLabel = "N", description = "Rounds of each scenario (default: 3).")
    @Nullable
    Integer rounds;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "Length of each run (default: what the time allows, 0.5 to 5).")
    @Nullable
    Double seconds;

    @Option(names = "--quick", description = "Sluice, nginx and HAProxy in a few scenarios, two minutes in all.")
    boolean quick;

    @Option(
            names = "--peer",
            paramLabel = "NAME=COMMAND",
            description = {
                "A further peer: a shell command with {port} or {tls-port} to listen on, {backend} or {backend-h2c} as"
                        + " host:port, and {cert}, {key}, {dir}, {workers}. Repeat it with the same name for other"
                        + " scenarios: the first line with what is needed is run."
            })
    List<String> commands = List.of();

    @Option(
            names = "--sluice",
            paramLabel = "NAME=LAUNCHER [ARGS]",
            description = "A further Sluice, for example another build's launcher, or this one with other arguments.")
    List<String> sluices = List.of();

    @Option(
            names = "--sluice-args",
            paramLabel = "ARGS",
            description = "Further arguments of 'sluice run', in one string: '--transport io_uring'.")
    String sluiceArguments = "";

    @Option(
            names = "--gateway-java-opts",
            paramLabel = "OPTS",
            description = "JVM options of Sluice, in one string; they win over the launcher's.")
    String gatewayJavaOptions = "";

    @Option(names = "--workers", paramLabel = "N", description = "Workers of each peer (default: 2).")
    int workers = 2;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "For results.json, plots and logs (default: target/bench).")
    Path out = Path.of("target", "bench");

    @Option(
            names = "--docs",
            paramLabel = "FILE",
            description = "Also put the results between the markers of this Markdown file, and the plots beside it.")
    @Nullable
    Path docs;

    @Option(names = "--list", description = "List scenarios and peers, and do nothing.")
    boolean list;

    int rounds() {
        return rounds != null ? rounds : quick ? 2 : 3;
    }

    Pace pace() {
        return new Pace(
                quick ? QUICK : FULL,
                rounds(),
                WARM_UP,
                seconds == null ? OptionalDouble.empty() : OptionalDouble.of(seconds),
                System::nanoTime);
    }

    /**
     * The scenarios asked for.
     *
     * @throws IllegalArgumentException when a name is not one
     */
    List<Scenario> selectedScenarios() {
        if (scenarios.isEmpty()) {
            return quick ? Scenarios.select(Scenarios.QUICK) : Scenarios.all();
        }
        return Scenarios.select(scenarios);
    }

    /** All peers that can be asked for, this build of Sluice first. */
    List<Peer> known(Path home, Path logs) {
        Peer own = new SluicePeer(Peers.SLUICE, home.resolve("sluice"), words(sluiceArguments), gatewayJavaOptions);
        return Stream.concat(Stream.of(own), Peers.others(home.resolve("deploy/bench/peers"), logs).stream())
                .toList();
    }

    /**
     * The peers asked for.
     *
     * @throws IllegalArgumentException when a name is not one, or a command line is none
     */
    List<Peer> selectedPeers(Path home, Path logs) {
        List<Peer> known = known(home, logs);
        List<String> wanted = peers.isEmpty() && quick ? Peers.QUICK : peers;
        for (String name : wanted.equals(List.of("none")) ? List.<String>of() : wanted) {
            if (known.stream().noneMatch(peer -> peer.name().equals(name))) {
                throw new IllegalArgumentException(name + " (expected: a peer of --list)");
            }
        }
        List<Peer> selected = new ArrayList<>(known.stream()
                .filter(peer -> wanted.isEmpty() || wanted.contains(peer.name()))
                .toList());
        for (String sluice : sluices) {
            List<String> command = words(assigned(sluice)[1]);
            selected.add(new SluicePeer(
                    assigned(sluice)[0],
                    Path.of(command.get(0)).toAbsolutePath(),
                    command.subList(1, command.size()),
                    gatewayJavaOptions));
        }
        Map<String, List<String>> lines = new LinkedHashMap<>();
        for (String command : commands) {
            lines.computeIfAbsent(assigned(command)[0], name -> new ArrayList<>())
                    .add(assigned(command)[1]);
        }
        lines.forEach((name, own) -> selected.add(new CommandPeer(name, own)));
        Set<String> names = new HashSet<>();
        for (Peer peer : selected) {
            if (!names.add(peer.name())) {
                throw new IllegalArgumentException(peer.name() + " (expected: another name, there is such a peer)");
            }
        }
        return selected;
    }

    private static String[] assigned(String option) {
        int equals = option.indexOf('=');
        if (equals <= 0 || equals == option.length() - 1) {
            throw new IllegalArgumentException(option + " (expected: NAME=COMMAND)");
        }
        return new String[] {
            option.substring(0, equals), option.substring(equals + 1).trim()
        };
    }

    private static List<String> words(String text) {
        return text.isBlank() ? List.of() : List.of(text.trim().split("\\s+"));
    }
}
