package dev.sluice.bench.measure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * CPU time of the whole machine since it started.
 *
 * @param busyMicros spent on anything, by anybody
 * @param allMicros that, and idle time, over all cores
 */
public record MachineCpu(double busyMicros, double allMicros) {

    /** What the machine has spent until now. */
    public static MachineCpu now() {
        try {
            return of(Files.readString(Path.of("/proc/stat")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads the first line of {@code /proc/stat}: user, nice, system, idle, iowait, irq, softirq, steal. */
    static MachineCpu of(String stat) {
        String[] fields = stat.lines().findFirst().orElse("").trim().split(" +", -1);
        if (!fields[0].equals("cpu") || fields.length < 9) {
            throw new IllegalArgumentException(stat + " (expected: /proc/stat)");
        }
        double all = 0;
        for (int i = 1; i <= 8; i++) {
            all += Long.parseLong(fields[i]) * Cpu.TICK_MICROS;
        }
        double idle = (Long.parseLong(fields[4]) + Long.parseLong(fields[5])) * Cpu.TICK_MICROS;
        return new MachineCpu(all - idle, all);
    }

    public MachineCpu minus(MachineCpu other) {
        return new MachineCpu(busyMicros - other.busyMicros, allMicros - other.allMicros);
    }

    /**
     * What others took, in percent of the machine.
     *
     * @param known the CPU time of the bench's own processes in the same span
     */
    public double foreignPercent(Cpu known) {
        // Ticks of different files do not fall together, so a little less than nothing is nothing.
        return allMicros <= 0 ? 0 : Math.max(0, (busyMicros - known.totalMicros()) / allMicros * 100);
    }
}
