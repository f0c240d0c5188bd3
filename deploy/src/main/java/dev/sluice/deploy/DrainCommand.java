package dev.sluice.deploy;

import dev.sluice.config.Defaults;
import dev.sluice.deploy.AdminClient.Reply;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice drain}. */
@Command(
        name = "drain",
        description = "Drain a running gateway: its clients move, what is in flight finishes, its process ends.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  sluice drain --watch                   and wait until it is gone",
            "  sluice drain --lame-duck 10s           serve for 10 s before the sockets close",
            "  sluice drain --undrain                 serve again, while everything is still accepted",
            "  sluice drain --watch --node ID         another node of the cluster, as sluice top names it",
            "",
            "Exit codes:",
            "  0   told; with --watch: the gateway has drained, or serves again where that was asked for",
            "  1   not reached, refused, or with --watch: gone before its time, out of sight, or called off by others",
            "  2   wrong usage"
        })
final class DrainCommand implements Callable<Integer> {

    private static final long POLL_MILLIS = 200;

    /** Clocks and polls are that coarse. */
    private static final long SLACK_MILLIS = 1000;

    /** The status that the gateway at {@code --admin} answers with for a node that is not in sight. */
    private static final int NO_SUCH_NODE = 404;

    private static final Set<String> AT_ITS_END = Set.of("leaving", "done");

    /** What a node may take to end after the time that it told of. */
    private final long graceMillis;

    @Spec
    private CommandSpec spec;

    @Option(names = "--admin", paramLabel = "URL", description = "The gateway's admin API. Default: ${DEFAULT-VALUE}")
    private URI admin = URI.create("http://127.0.0.1:" + Defaults.ADMIN_PORT);

    @Option(
            names = "--node",
            paramLabel = "ID",
            description = "Another node of the cluster; the gateway at --admin passes it on.")
    private @Nullable String node;

    @Option(names = "--watch", description = "Show how far it is, and wait for the end.")
    private boolean watch;

    @Option(names = "--undrain", description = "Call a drain off, while everything is still accepted.")
    private boolean undrain;

    @Option(
            names = "--lame-duck",
            paramLabel = "TIME",
            converter = FlagConverters.Time.class,
            description = "In place of the gateway's own: go on accepting for so long, while readiness says no.")
    private @Nullable Duration lameDuck;

    @Option(
            names = "--deadline",
            paramLabel = "TIME",
            converter = FlagConverters.Time.class,
            description = "In place of the gateway's own: what is in flight then is aborted.")
    private @Nullable Duration deadline;

    DrainCommand() {
        this(Defaults.FORCED_CLOSE.plus(Defaults.NODE_LEAVE).plus(Defaults.PROCESS_CLOSE));
    }

    /** @param grace what a node that is out of sight may take to end, or to come back, after the time that it told of */
    DrainCommand(Duration grace) {
        graceMillis = grace.toMillis();
    }

    @Override
    public Integer call() throws InterruptedException {
        AdminClient gateway = new AdminClient(admin);
        if (node != null && node.equals(send(gateway, "GET", List.of()).body().getString("node"))) {
            node = null; // it is the gateway at --admin, whose end is the end of its admin API
        }
        Reply told = send(gateway, undrain ? "DELETE" : "POST", parameters());
        Console console =
                new Console(spec.commandLine().getOut(), spec.commandLine().getErr());
        if (undrain) {
            console.out("serving again");
            return ExitCode.OK;
        }
        if (!watch) {
            console.out("draining, at most " + (told.body().getLong("remainingMillis", 0L) + 999) / 1000
                    + " s; --watch shows how far it is");
            return ExitCode.OK;
        }
        return watch(gateway, told.body());
    }

    private int watch(AdminClient gateway, JsonObject first) throws InterruptedException {
        DrainView view = new DrainView(spec.commandLine().getOut(), Ansi.AUTO.enabled());
        long started = System.nanoTime();
        long seen = started;
        boolean begun = false;
        JsonObject status = first;
        while (true) {
            String phase = status.getString("phase", "");
            begun |= !phase.equals("serving");
            if (begun) {
                view.show(status);
            }
            if (begun && phase.equals("serving")) {
                view.end("called off: the gateway serves again");
                return ExitCode.SOFTWARE;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            Reply reply = look(gateway);
            long unseen = millisSince(seen);
            long accepting = status.getLong("acceptingMillis", 0L) - unseen;
            if (reply == null) {
                if (accepting > SLACK_MILLIS) {
                    view.end("gone, " + accepting / 1000 + " s before it was to stop accepting");
                    return ExitCode.SOFTWARE;
                }
                return drained(view, started);
            }
            if (reply.ok()) {
                status = reply.body();
                seen = System.nanoTime();
            } else if (reply.status() == NO_SUCH_NODE && accepting <= 0 && hadNothingLeft(status)) {
                return drained(view, started);
            } else if (unseen > status.getLong("remainingMillis", 0L) + graceMillis) {
                view.end("out of sight for " + unseen / 1000 + " s, last seen " + phase + ": " + reply.error());
                return ExitCode.SOFTWARE;
            }
        }
    }

    private static int drained(DrainView view, long started) {
        view.end("drained in " + (millisSince(started) + 500) / 1000 + " s");
        return ExitCode.OK;
    }

    /**
     * Whether a node that is out of sight has left its cluster of its own accord, as far as it was seen: what still had
     * something to do may be behind a partition, or the gateway at {@code --admin} is.
     */
    private static boolean hadNothingLeft(JsonObject status) {
        return AT_ITS_END.contains(status.getString("phase", ""))
                || sum(status.getJsonObject("inFlight")) + sum(status.getJsonObject("connections")) == 0;
    }

    private static int sum(JsonObject counts) {
        return counts.fieldNames().stream().mapToInt(counts::getInteger).sum();
    }

    /** Null when the gateway at {@code --admin} was the one that drained, and is gone. */
    private @Nullable Reply look(AdminClient gateway) {
        try {
            return gateway.send("GET", target(which()));
        } catch (IOException gone) {
            if (node != null) {
                throw noAdminApi(gateway, gone);
            }
            return null;
        }
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    private static Reply send(AdminClient gateway, String method, List<String> parameters) {
        Reply reply;
        try {
            reply = gateway.send(method, target(parameters));
        } catch (IOException | IllegalArgumentException e) {
            throw noAdminApi(gateway, e);
        }
        if (!reply.ok()) {
            throw new StartFailure(gateway.base() + ": " + reply.error());
        }
        return reply;
    }

    private static StartFailure noAdminApi(AdminClient gateway, Exception why) {
        return new StartFailure("no admin API at " + gateway.base() + ": " + why.getMessage());
    }

    private List<String> parameters() {
        List<String> parameters = which();
        if (lameDuck != null && !undrain) {
            parameters.add("lameDuck=" + lameDuck.toMillis() / 1000 + "s" + lameDuck.toMillisPart() + "ms");
        }
        if (deadline != null && !undrain) {
            parameters.add("deadline=" + deadline.toMillis() / 1000 + "s" + deadline.toMillisPart() + "ms");
        }
        return parameters;
    }

    /** The parameter that names the node, if it is another. */
    private List<String> which() {
        List<String> which = new ArrayList<>();
        if (node != null) {
            which.add("node=" + URLEncoder.encode(node, StandardCharsets.UTF_8));
        }
        return which;
    }

    private static String target(List<String> parameters) {
        return parameters.isEmpty() ? "/drain" : "/drain?" + String.join("&", parameters);
    }
}
