package dev.sluice.bench.backend;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * The backend's process. Prints {@code ready http1=PORT h2c=PORT} once both ports listen and ends when its standard
 * input does, so that it never outlives the bench that started it.
 */
@CommandLine.Command(name = "backend")
public final class BackendMain implements Callable<Integer> {

    @Option(names = "--http1", description = "port for HTTP/1.1, 0 for any")
    private int http1;

    @Option(names = "--h2c", description = "port for HTTP/2 with prior knowledge, 0 for any")
    private int h2c;

    @Option(names = "--threads", description = "event loops")
    private int threads = 1;

    private BackendMain() {}

    @Override
    public Integer call() throws IOException {
        try (Backend backend = new Backend(http1, h2c, threads)) {
            System.out.println("ready http1=" + backend.http1Port() + " h2c=" + backend.h2cPort());
            while (System.in.read() >= 0) {
                // Only the end of it means anything.
            }
        }
        return 0;
    }

    public static void main(String[] args) {
        System.exit(new CommandLine(new BackendMain()).execute(args));
    }
}
