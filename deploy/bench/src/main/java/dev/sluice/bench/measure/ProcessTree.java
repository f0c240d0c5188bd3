package dev.sluice.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A process, with all of its descendants or without, by what /proc says of it now. */
public final class ProcessTree {

    private final ProcessHandle root;
    private final boolean descendants;

    private ProcessTree(ProcessHandle root, boolean descendants) {
        this.root = root;
        this.descendants = descendants;
    }

    /** A process with the processes it has started, and those that they have. */
    public static ProcessTree of(Process process) {
        return new ProcessTree(process.toHandle(), true);
    }

    /** The bench without what it started. */
    public static ProcessTree self() {
        return new ProcessTree(ProcessHandle.current(), false);
    }

    /** The processes that live now, the root first. */
    public Stream<ProcessHandle> processes() {
        return descendants ? Stream.concat(Stream.of(root), root.descendants()) : Stream.of(root);
    }

    /** The Java virtual machines among them. */
    public Stream<ProcessHandle> virtualMachines() {
        return processes().filter(process -> process.info().command().orElse("").endsWith("/java"));
    }

    /** CPU time that the living processes have spent since they started. */
    public Cpu cpu() {
        return processes()
                .map(process -> read(process, "stat"))
                .filter(stat -> !stat.isEmpty())
                .map(Cpu::ofStat)
                .reduce(Cpu.NONE, Cpu::plus);
    }

    /** Resident memory now, in KiB; pages that processes share are counted in each. */
    public long residentKib() {
        return sum("VmRSS");
    }

    /** The sum of the processes' own peaks of resident memory, in KiB. */
    public long peakResidentKib() {
        return sum("VmHWM");
    }

    private long sum(String field) {
        return processes()
                .mapToLong(process -> statusKib(read(process, "status"), field))
                .sum();
    }

    /** A field such as {@code VmRSS:  1234 kB} of {@code /proc/PID/status}, 0 when it is not there. */
    static long statusKib(String status, String field) {
        return status.lines()
                .filter(line -> line.startsWith(field + ":"))
                .map(line ->
                        line.substring(field.length() + 1).replace("kB", "").trim())
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(0);
    }

    /** The file's text, empty when the process has ended meanwhile. */
    private static String read(ProcessHandle process, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), file));
        } catch (IOException e) {
            // No such file, or ESRCH when it ended between open and read.
            return "";
        }
    }
}
