package dev.sluice.deploy;

import java.io.PrintWriter;

/**
 * What a person at the terminal reads; the only writer of it while a gateway runs.
 *
 * @param out the start banner and the course of a drain
 * @param err what went wrong
 */
record Console(PrintWriter out, PrintWriter err) {

    void out(String line) {
        out.println(line);
        out.flush();
    }

    void err(String line) {
        err.println(line);
        err.flush();
    }
}
