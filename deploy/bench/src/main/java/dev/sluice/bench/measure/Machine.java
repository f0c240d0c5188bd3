package dev.sluice.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the bench ran on; its name is nobody's business.
 *
 * @param cpu model
 * @param cores as many as the bench may use
 * @param memoryMib of the machine
 * @param kernel name and release
 * @param system the distribution
 * @param java the runtime of the bench, which is that of the peers in Java too
 */
public record Machine(String cpu, int cores, long memoryMib, String kernel, String system, String java) {

    /** This one. */
    public static Machine here() {
        return new Machine(
                field(read("/proc/cpuinfo"), "model name", ":"),
                Runtime.getRuntime().availableProcessors(),
                ProcessTree.statusKib(read("/proc/meminfo"), "MemTotal") / 1024,
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                field(read("/etc/os-release"), "PRETTY_NAME", "=").replace("\"", ""),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
    }

    /** The value of the first line {@code key<separator>value}, "unknown" when there is none. */
    static String field(String text, String key, String separator) {
        return text.lines()
                .filter(line -> line.startsWith(key) && line.contains(separator))
                .map(line -> line.substring(line.indexOf(separator) + 1).trim())
                .findFirst()
                .orElse("unknown");
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            return "";
        }
    }
}
