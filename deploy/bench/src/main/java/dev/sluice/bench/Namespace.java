package dev.sluice.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A network of the bench's own, where no firewall or connection tracking of the machine is in the way: the bench starts
 * itself again in there.
 */
final class Namespace {

    /** Set to whatever inside. */
    private static final String INSIDE = "SLUICE_BENCH_NAMESPACE";

    /** Outgoing connections get the ports beyond those of {@link Ports}; files are as many as connections. */
    private static final String ENTER =
            """
            ip link set lo up || exit 1
            echo 20000 64999 >/proc/sys/net/ipv4/ip_local_port_range 2>/dev/null
            ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"
            exec "$@"
            """;

    private Namespace() {}

    static boolean inside() {
        return System.getenv(INSIDE) != null;
    }

    /** Whether this user may have one here. */
    static boolean available() throws InterruptedException {
        try {
            return new ProcessBuilder("unshare", "-n", "ip", "link", "set", "lo", "up")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Runs this very command inside; its exit code. */
    static int enter() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("unshare", "-n", "sh", "-c", ENTER, "sh"));
        byte[] own = Files.readAllBytes(Path.of("/proc/self/cmdline"));
        command.addAll(List.of(new String(own, StandardCharsets.UTF_8).split("\0")));
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().put(INSIDE, "1");
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
        return process.waitFor();
    }
}
