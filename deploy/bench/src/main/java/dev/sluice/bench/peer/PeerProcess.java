package dev.sluice.bench.peer;

import dev.sluice.bench.measure.ProcessTree;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A started process with its children. */
public final class PeerProcess implements AutoCloseable {

    private final Process process;
    private final Path log;
    private final ProcessTree tree;
    /** Whoever interrupts the bench would otherwise leave the proxies running. */
    private final Thread onExit = new Thread(this::kill);

    private PeerProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
        tree = ProcessTree.of(process);
        Runtime.getRuntime().addShutdownHook(onExit);
    }

    /**
     * Starts a process.
     *
     * @param launch its command
     * @param dir its working directory
     * @param log takes what it prints
     * @throws IOException when the program cannot be started
     */
    public static PeerProcess start(Launch launch, Path dir, Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(launch.command())
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .redirectInput(new File("/dev/null"));
        builder.environment().putAll(launch.environment());
        return new PeerProcess(builder.start(), log);
    }

    public ProcessTree tree() {
        return tree;
    }

    /** What it printed. */
    public Path log() {
        return log;
    }

    public boolean alive() {
        return process.isAlive();
    }

    /**
     * Waits until it accepts connections.
     *
     * @return whether it did so within the time
     */
    public boolean awaitPort(int port, Duration within) throws InterruptedException {
        long deadline = System.nanoTime() + within.toNanos();
        while (System.nanoTime() < deadline && process.isAlive()) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return true;
            } catch (IOException notYet) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
        }
        return false;
    }

    /** Ends the process and its children, first politely, and waits for that. */
    @Override
    public void close() {
        List<ProcessHandle> processes = tree.processes().toList();
        processes.forEach(ProcessHandle::destroy);
        try {
            if (!process.waitFor(2, TimeUnit.SECONDS)) {
                processes.forEach(ProcessHandle::destroyForcibly);
                process.waitFor(5, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException e) {
            // The bench is ending already, and the hook is running.
        }
    }

    private void kill() {
        tree.processes().forEach(ProcessHandle::destroyForcibly);
    }
}
