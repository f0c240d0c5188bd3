package dev.sluice.deploy;

import dev.sluice.config.Defaults;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice top}. */
@Command(
        name = "top",
        description = "Watch a gateway and all nodes of its cluster: phases, traffic, configurations, slowest routes.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  sluice top                             until interrupted",
            "  sluice top --once                      one look, for scripts",
            "",
            "Exit codes:",
            "  0   shown",
            "  1   the gateway does not answer",
            "  2   wrong usage"
        })
final class TopCommand implements Callable<Integer> {

    private static final String HOME = "\u001b[H";
    private static final String CLEAR_LINE = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";
    private static final String CLEAR_ALL = "\u001b[2J";

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--admin",
            paramLabel = "URL",
            description = "The admin API of any of them. Default: ${DEFAULT-VALUE}")
    private URI admin = URI.create("http://127.0.0.1:" + Defaults.ADMIN_PORT);

    @Option(names = "--once", description = "Show it once.")
    private boolean once;

    @Option(
            names = "--interval",
            paramLabel = "TIME",
            converter = FlagConverters.Time.class,
            description = "Between two looks; figures of nodes change each second, those of routes are of the last 5 to"
                    + " 10 s. Default: 1s")
    private Duration interval = Duration.ofSeconds(1);

    @Option(names = "--routes", paramLabel = "N", description = "Routes shown at most. Default: ${DEFAULT-VALUE}")
    private int routes = 10;

    @Override
    public Integer call() throws InterruptedException {
        boolean terminal = Ansi.AUTO.enabled() && !once;
        PrintWriter out = spec.commandLine().getOut();
        if (terminal) {
            out.print(CLEAR_ALL);
        }
        show(out, look(), terminal);
        while (!once) {
            TimeUnit.MILLISECONDS.sleep(Math.max(100, interval.toMillis()));
            show(out, look(), terminal);
        }
        return ExitCode.OK;
    }

    private List<String> look() {
        AdminClient gateway = new AdminClient(admin);
        return TopView.lines(get(gateway, "/cluster"), get(gateway, "/routes?cluster=true"), routes);
    }

    private static JsonObject get(AdminClient gateway, String path) {
        try {
            AdminClient.Reply reply = gateway.send("GET", path);
            if (!reply.ok()) {
                throw new StartFailure(gateway.base() + ": " + reply.error());
            }
            return reply.body();
        } catch (IOException | IllegalArgumentException e) {
            throw new StartFailure("no admin API at " + gateway.base() + ": " + e.getMessage());
        }
    }

    /** On a terminal in place, elsewhere one after the other. */
    private void show(PrintWriter out, List<String> lines, boolean terminal) {
        if (terminal) {
            out.print(HOME);
            lines.forEach(line -> out.print(line + CLEAR_LINE + "\n"));
            out.print(CLEAR_BELOW);
        } else {
            lines.forEach(out::println);
            if (!once) {
                out.println();
            }
        }
        out.flush();
    }
}
