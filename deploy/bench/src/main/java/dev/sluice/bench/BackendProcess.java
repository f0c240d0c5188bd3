package dev.sluice.bench;

import dev.sluice.bench.measure.ProcessTree;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The server behind all peers, in a process of its own so that its CPU time can be told apart. */
final class BackendProcess implements AutoCloseable {

    private static final String MAIN = "dev.sluice.bench.backend.BackendMain";
    private static final Pattern READY = Pattern.compile("ready http1=(\\d+) h2c=(\\d+)");

    private final Process process;
    private final ProcessTree tree;
    private final int port;
    private final int h2cPort;

    private BackendProcess(Process process, int port, int h2cPort) {
        this.process = process;
        this.port = port;
        this.h2cPort = h2cPort;
        tree = ProcessTree.of(process);
    }

    /**
     * Starts it and waits until it listens. It ends with the bench, however that ends: with its standard input.
     *
     * @param threads its event loops
     * @param log takes what it prints to standard error
     * @throws IOException when it does not start
     */
    static BackendProcess start(int threads, Ports ports, Path log) throws IOException {
        Process process = new ProcessBuilder(command(threads, ports.take(), ports.take()))
                .redirectError(log.toFile())
                .start();
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        String line = output.readLine();
        Matcher ready = READY.matcher(line == null ? "" : line);
        if (!ready.matches()) {
            process.destroyForcibly();
            throw new IOException("the backend printed " + line + " (expected: " + READY + "), see " + log);
        }
        return new BackendProcess(process, Integer.parseInt(ready.group(1)), Integer.parseInt(ready.group(2)));
    }

    private static List<String> command(int threads, int port, int h2cPort) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseParallelGC",
                "-Xmx256m",
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                MAIN,
                "--http1=" + port,
                "--h2c=" + h2cPort,
                "--threads=" + threads);
    }

    ProcessTree tree() {
        return tree;
    }

    /** Its HTTP/1.1 port on 127.0.0.1. */
    int port() {
        return port;
    }

    /** Its port for HTTP/2 with prior knowledge. */
    int h2cPort() {
        return h2cPort;
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(2, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
