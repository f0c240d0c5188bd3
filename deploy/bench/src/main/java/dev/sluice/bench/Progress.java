package dev.sluice.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;

/** What the bench is doing, for somebody who waits: one line that is rewritten on a terminal, lines otherwise. */
final class Progress {

    private final PrintStream out;
    private final boolean terminal;

    Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** On standard error. */
    static Progress onStderr() {
        return new Progress(System.err, stderrIsTerminal());
    }

    /** A new thing is begun. */
    void step(String what, Duration left) {
        out.print(terminal ? "\r\033[K" + line(what, left) : line(what, left) + "\n");
        out.flush();
    }

    /** The thing goes on; said on a terminal only. */
    void detail(String what, Duration left) {
        if (terminal) {
            step(what, left);
        }
    }

    /** Something that stays to be read. */
    void note(String what) {
        clear();
        out.println("bench: " + what);
    }

    /** Makes place for other output. */
    void clear() {
        if (terminal) {
            out.print("\r\033[K");
            out.flush();
        }
    }

    private static String line(String what, Duration left) {
        return "bench: %s, about %d:%02d left".formatted(what, left.toMinutes(), left.toSecondsPart());
    }

    private static boolean stderrIsTerminal() {
        try {
            return new ProcessBuilder("sh", "-c", "test -t 2")
                            .inheritIO()
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
