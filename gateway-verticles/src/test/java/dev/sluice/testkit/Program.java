package dev.sluice.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A program that is not ours, and the lines that it prints. {@code .ci/run} installs the programs; where one is missing,
 * its tests are skipped.
 */
public final class Program implements AutoCloseable {

    private final Process process;
    private final Thread reader = new Thread(this::read, "output");
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private Program(@Nullable Path modules, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        if (modules != null) {
            builder.environment().put("NODE_PATH", modules.toString());
        }
        process = builder.start();
        reader.setDaemon(true);
        reader.start();
    }

    /** Node with a script, whose packages are in {@code modules}. */
    public static Program node(Path modules, Path script, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(installed("node"), script.toString()));
        command.addAll(List.of(arguments));
        return new Program(modules, command);
    }

    /** Chromium without a window and with a profile of its own, at a page; it takes any certificate. */
    public static Program browser(Path directory, String url) throws IOException {
        return new Program(
                null,
                List.of(
                        installed("chromium", "chromium-browser", "google-chrome"),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--no-proxy-server",
                        "--ignore-certificate-errors",
                        "--user-data-dir=" + directory.resolve("profile"),
                        url));
    }

    /** The first of these that is there; the test is skipped when none is. */
    private static String installed(String... names) {
        for (String name : names) {
            for (String directory : System.getenv("PATH").split(":", -1)) {
                Path candidate = Path.of(directory, name);
                if (Files.isExecutable(candidate)) {
                    return candidate.toString();
                }
            }
        }
        assumeTrue(false, String.join(" or ", names) + " is not installed");
        throw new AssertionError();
    }

    private void read() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add(e.toString());
        }
    }

    /** The next line. */
    public String take() {
        return Eventually.take("a line of output", lines);
    }

    /** Waits for its end; gives the lines that nobody has taken. */
    public List<String> rest() throws InterruptedException {
        if (!process.waitFor(Eventually.DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("runs on after " + Eventually.DEADLINE + ", and has said " + lines);
        }
        reader.join();
        return List.copyOf(lines);
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() throws IOException {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        try {
            if (!process.waitFor(Eventually.DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("cannot be killed: " + process);
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
