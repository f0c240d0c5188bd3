package dev.sluice.bench;

import dev.sluice.bench.peer.Peer;
import dev.sluice.bench.scenario.Scenario;
import dev.sluice.bench.scenario.Scenarios;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

/** How long a peer takes from exec to its first proxied answer, asked anew until there is one. */
final class StartTime {

    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final String REQUEST = "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
            .formatted(Scenarios.SMALL.method(), Scenarios.SMALL.path(), Scenarios.AUTHORITY);

    private final Field field;

    StartTime(Field field) {
        this.field = field;
    }

    /** Starts a peer once; milliseconds, empty when it did not answer. */
    OptionalDouble measure(Peer peer, Scenario scenario) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        try (Contestant contestant = field.start(peer, scenario)) {
            while (contestant.process().alive() && System.nanoTime() - begun < LONGEST.toNanos()) {
                if (answers(contestant)) {
                    return OptionalDouble.of((System.nanoTime() - begun) / 1e6);
                }
                TimeUnit.MILLISECONDS.sleep(1);
            }
            return OptionalDouble.empty();
        }
    }

    private static boolean answers(Contestant contestant) {
        try (Socket socket = new Socket(
                contestant.address().getAddress(), contestant.address().getPort())) {
            socket.setSoTimeout(1000);
            socket.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
            String status = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))
                    .readLine();
            return status != null && status.startsWith("HTTP/1.1 200");
        } catch (IOException notYet) {
            return false;
        }
    }
}
