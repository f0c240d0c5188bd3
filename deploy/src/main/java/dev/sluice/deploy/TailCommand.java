package dev.sluice.deploy;

import dev.sluice.config.Defaults;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice tail}. */
@Command(
        name = "tail",
        description = "Follow requests as they end, of one gateway or of all nodes of its cluster.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  sluice tail --status 5xx --cluster     what fails, wherever it does",
            "  sluice tail --route default/app --json | jq .millis",
            "",
            "Exit codes:",
            "  0   the gateway has ended",
            "  1   it does not answer, or refuses",
            "  2   wrong usage"
        })
final class TailCommand implements Callable<Integer> {

    private static final int CONNECT_TIMEOUT_MILLIS = 3000;

    @Spec
    private CommandSpec spec;

    @Option(names = "--admin", paramLabel = "URL", description = "The admin API. Default: ${DEFAULT-VALUE}")
    private URI admin = URI.create("http://127.0.0.1:" + Defaults.ADMIN_PORT);

    @Option(names = "--cluster", description = "Of all nodes of its cluster.")
    private boolean cluster;

    @Option(names = "--route", paramLabel = "NAMESPACE/NAME", description = "Only of this route.")
    private @Nullable String route;

    @Option(names = "--status", paramLabel = "STATUS", description = "Only with this status, such as 503 or 5xx.")
    private @Nullable String status;

    @Option(names = "--client", paramLabel = "IP", description = "Only of this client.")
    private @Nullable String client;

    @Option(names = "--path", paramLabel = "PREFIX", description = "Only where the target begins so.")
    private @Nullable String path;

    @Option(names = "--sample", paramLabel = "PART", description = "Only this part of them, such as 0.01.")
    private @Nullable String sample;

    @Option(names = "--json", description = "Print the gateway's lines of JSON as they are.")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) admin.resolve(target()).toURL().openConnection();
            connection.setConnectTimeout(CONNECT_TIMEOUT_MILLIS);
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                String answer = new String(connection.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
                throw new StartFailure(admin + ": " + error(answer));
            }
            follow(connection, out);
            return ExitCode.OK;
        } catch (IOException | IllegalArgumentException e) {
            throw new StartFailure("no admin API at " + admin + ": " + e.getMessage());
        }
    }

    /** A gateway that ends breaks its answer off. */
    private void follow(HttpURLConnection connection, PrintWriter out) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null && !out.checkError(); line = lines.readLine()) {
                out.println(json ? line : text(new JsonObject(line)));
                out.flush();
            }
        } catch (IOException ended) {
            spec.commandLine().getErr().println("sluice: " + admin + " has ended: " + ended.getMessage());
        }
    }

    private String target() {
        StringBuilder target = new StringBuilder("/tail?cluster=").append(cluster);
        append(target, "route", route);
        append(target, "status", status);
        append(target, "client", client);
        append(target, "path", path);
        append(target, "sample", sample);
        return target.toString();
    }

    private static void append(StringBuilder target, String name, @Nullable String value) {
        if (value != null) {
            target.append('&').append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        }
    }

    private static String error(String answer) {
        try {
            return new JsonObject(answer).getString("error", answer);
        } catch (DecodeException e) {
            return answer;
        }
    }

    /** A line for people. */
    static String text(JsonObject line) {
        if (line.containsKey("dropped")) {
            return "-- " + line.getLong("dropped") + " more at " + line.getString("node");
        }
        if (!line.containsKey("status")) {
            return "-- " + line.getString("node") + ": " + line.getString("error");
        }
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s %d %8.1f ms %s %s %s%s -> %s %s",
                line.getString("time"),
                line.getInteger("status"),
                line.getDouble("millis"),
                line.getString("client"),
                line.getString("method"),
                line.getString("authority"),
                line.getString("target"),
                line.getString("route", "-"),
                line.getString("endpoint", "-")));
        if (line.containsKey("error")) {
            text.append(" [").append(line.getString("error")).append("] ").append(line.getString("detail", ""));
        }
        return text.append(' ').append(line.getString("id")).toString().replaceAll("\\p{Cntrl}", "?");
    }
}
