package dev.sluice.deploy;

import dev.sluice.config.ConfigProblem;
import dev.sluice.config.Defaults;
import dev.sluice.config.load.Durations;
import dev.sluice.config.load.PushedText;
import dev.sluice.deploy.AdminClient.Reply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice apply}. */
@Command(
        name = "apply",
        description = "Push configuration to a running gateway and all nodes of its cluster: all use it, or none does.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  sluice apply conf/                        and wait while the error rate is watched",
            "  sluice apply --dry-run conf/              validated by every node, used by none",
            "  sluice apply --files                      back to each node's own files",
            "",
            "Exit codes:",
            "  0   in use on all nodes; with --dry-run: valid on all nodes",
            "  1   not reached, another push was first, or taken back",
            "  2   refused: problems, one per line on standard error; or wrong usage"
        })
final class ApplyCommand implements Callable<Integer> {

    private static final long POLL_MILLIS = 300;

    /** More than the gateway takes to give up. */
    private static final int PUSH_MILLIS =
            (int) Defaults.PUSH_ANSWER_TIMEOUT.plusSeconds(5).toMillis();

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "PATH", description = "A YAML file, or a directory of them.")
    private List<Path> paths = List.of();

    @Option(
            names = "--admin",
            paramLabel = "URL",
            description = "The admin API of a gateway on this machine. Default: ${DEFAULT-VALUE}")
    private URI admin = URI.create("http://127.0.0.1:" + Defaults.ADMIN_PORT);

    @Option(
            names = "--watch-window",
            paramLabel = "TIME",
            converter = FlagConverters.Time.class,
            description = "Take it back when the error rate jumps within this time; 0s for never. Default: 30s")
    private Duration window = Defaults.PUSH_WATCH;

    @Option(names = "--dry-run", description = "Have all nodes validate it, and no more.")
    private boolean dryRun;

    @Option(names = "--files", description = "In place of paths: every node uses its own files again.")
    private boolean files;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (files != paths.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    files
                            ? "--files and PATH exclude each other"
                            : "nothing to apply (expected: PATH, or --files to go back to each node's own)");
        }
        Console console =
                new Console(spec.commandLine().getOut(), spec.commandLine().getErr());
        PushedText text = files ? new PushedText("", List.of()) : PushedText.read(paths);
        AdminClient gateway = new AdminClient(admin);
        String query = "/config?watch=" + Durations.format(window) + "&dryRun=" + dryRun;
        Reply reply = files ? ask(gateway, "DELETE", query, null) : ask(gateway, "POST", query, text.text());
        JsonArray problems = reply.body().getJsonArray("problems", new JsonArray());
        if (!problems.isEmpty()) {
            for (int i = 0; i < problems.size(); i++) {
                console.err(problem(problems.getJsonObject(i), text));
            }
            console.err("sluice: refused; no node uses it");
            return ExitCode.USAGE;
        } else if (!reply.ok()) {
            throw new StartFailure(reply.body().getString("result", "failed").replace('_', ' ') + ": " + reply.error());
        }
        int nodes = reply.body().getJsonArray("nodes", new JsonArray()).size();
        String of = nodes + (nodes == 1 ? " node" : " nodes");
        if (dryRun) {
            console.out("valid on " + of);
            return ExitCode.OK;
        }
        long epoch = reply.body().getLong("epoch", 0L);
        console.out("epoch " + epoch + " is in use on " + of);
        return window.isZero() ? ExitCode.OK : watch(gateway, epoch, console);
    }

    /** The gateways watch by themselves; this only tells of it. */
    private int watch(AdminClient gateway, long epoch, Console console) throws InterruptedException {
        console.out("watching the error rate for " + Durations.format(window));
        while (true) {
            JsonObject status = ask(gateway, "GET", "/config/epoch", null).body();
            if (status.getLong("epoch", epoch) != epoch) {
                throw new StartFailure("epoch " + epoch + " was replaced by epoch " + status.getLong("epoch") + " ("
                        + status.getString("origin") + "): " + status.getString("reason"));
            } else if (status.getJsonObject("watch") == null) {
                console.out("kept");
                return ExitCode.OK;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    /** With the nodes that have it, for files named in a configuration may be missing on some. */
    private static String problem(JsonObject problem, PushedText text) {
        ConfigProblem told = new ConfigProblem(
                problem.getString("file"),
                problem.getInteger("line"),
                problem.getInteger("column"),
                problem.getString("pointer"),
                problem.getString("message"));
        return text.locate(told) + " ("
                + problem.getJsonArray("nodes").stream().map(String::valueOf).collect(Collectors.joining(", ")) + ")";
    }

    private static Reply ask(AdminClient gateway, String method, String target, @Nullable String body) {
        try {
            return gateway.send(method, target, body, PUSH_MILLIS);
        } catch (IOException | IllegalArgumentException e) {
            throw new StartFailure("no admin API at " + gateway.base() + ": " + e.getMessage());
        }
    }
}
