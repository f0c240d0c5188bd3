package dev.sluice.bench.measure;

/**
 * CPU time, as processes or runs spend it.
 *
 * @param userMicros in the program itself
 * @param systemMicros in the kernel on its behalf
 */
public record Cpu(double userMicros, double systemMicros) {

    public static final Cpu NONE = new Cpu(0, 0);

    /** A clock tick of /proc; Linux shows user space a hundred a second on every architecture that the bench runs on. */
    static final double TICK_MICROS = 10_000;

    public double totalMicros() {
        return userMicros + systemMicros;
    }

    public Cpu plus(Cpu other) {
        return new Cpu(userMicros + other.userMicros, systemMicros + other.systemMicros);
    }

    public Cpu minus(Cpu other) {
        return new Cpu(userMicros - other.userMicros, systemMicros - other.systemMicros);
    }

    /** The share of one of so many requests. */
    public Cpu over(long requests) {
        return new Cpu(userMicros / requests, systemMicros / requests);
    }

    /**
     * Reads a {@code /proc/PID/stat} line: fields 14 and 15, of all threads of the process, living and gone.
     *
     * @throws IllegalArgumentException when it is no such line
     */
    static Cpu ofStat(String line) {
        // The command in parentheses may itself hold spaces and parentheses.
        int command = line.lastIndexOf(')');
        String[] fields =
                command < 0 ? new String[0] : line.substring(command + 1).trim().split(" ", -1);
        if (fields.length < 13) {
            throw new IllegalArgumentException(line + " (expected: a line of /proc/PID/stat)");
        }
        return new Cpu(Long.parseLong(fields[11]) * TICK_MICROS, Long.parseLong(fields[12]) * TICK_MICROS);
    }
}
