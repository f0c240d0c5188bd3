package dev.sluice.deploy;

import dev.sluice.config.Defaults;
import dev.sluice.deploy.AdminClient.Reply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
            "",
            "Exit codes:",
            "  0   told; with --watch: the gateway has drained, or serves again where that was asked for",
            "  1   not reached, refused, or with --watch: gone before its time, or called off by somebody else",
            "  2   wrong usage"
        })
final class DrainCommand implements Callable<Integer> {

    private static final long POLL_MILLIS = 200;

    /** Clocks and polls are that coarse. */
    private static final long SLACK_MILLIS = 1000;

    @Spec
    private CommandSpec spec;

    @Option(names = "--admin", paramLabel = "URL", description = "The gateway's admin API. Default: ${DEFAULT-VALUE}")
    private URI admin = URI.create("http://127.0.0.1:" + Defaults.ADMIN_PORT);

    @Option(
            names = "--node",
            paramLabel = "ID",
            description = "Another node of the cluster, which the gateway at --admin knows.")
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

    @Override
    public Integer call() throws IOException, InterruptedException {
        AdminClient gateway = node == null ? new AdminClient(admin) : resolve(node);
        Reply told = ask(gateway, undrain ? "DELETE" : "POST", "/drain" + times());
        if (!told.ok()) {
            throw new StartFailure(gateway.base() + ": " + told.error());
        }
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
            try {
                status = gateway.send("GET", "/drain").body();
                seen = System.nanoTime();
            } catch (IOException gone) {
                long accepting = status.getLong("acceptingMillis", 0L) - millisSince(seen);
                if (accepting > SLACK_MILLIS) {
                    view.end("gone, " + accepting / 1000 + " s before it was to stop accepting");
                    return ExitCode.SOFTWARE;
                }
                view.end("drained in " + (millisSince(started) + 500) / 1000 + " s");
                return ExitCode.OK;
            }
        }
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    private String times() {
        List<String> times = new ArrayList<>();
        if (lameDuck != null && !undrain) {
            times.add("lameDuck=" + lameDuck.toMillis() / 1000 + "s" + lameDuck.toMillisPart() + "ms");
        }
        if (deadline != null && !undrain) {
            times.add("deadline=" + deadline.toMillis() / 1000 + "s" + deadline.toMillisPart() + "ms");
        }
        return times.isEmpty() ? "" : "?" + String.join("&", times);
    }

    /** Where a node's admin API is, by what the gateway at {@code --admin} knows of its cluster. */
    private AdminClient resolve(String id) {
        Reply cluster = ask(new AdminClient(admin), "GET", "/cluster");
        if (cluster.status() == 404) {
            throw new StartFailure("--node " + id + ": the gateway at " + admin
                    + " is in no cluster (expected: a Bootstrap with spec.cluster)");
        }
        JsonArray nodes = cluster.body().getJsonArray("nodes", new JsonArray());
        List<String> known = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            JsonObject each = nodes.getJsonObject(i);
            known.add(each.getString("id", ""));
            String address = each.getString("admin");
            if (id.equals(each.getString("id")) && address != null) {
                return new AdminClient(URI.create("http://" + address));
            }
        }
        throw new StartFailure("--node " + id + " (expected: one of " + String.join(", ", known) + ")");
    }

    private static Reply ask(AdminClient gateway, String method, String target) {
        try {
            return gateway.send(method, target);
        } catch (IOException | IllegalArgumentException e) {
            throw new StartFailure("no admin API at " + gateway.base() + ": " + e.getMessage());
        }
    }
}
