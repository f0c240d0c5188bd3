package dev.sluice.bench.peer;

import dev.sluice.bench.scenario.Needs;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Any proxy, as command lines with places to fill in: {@code {port}} and {@code {tls-port}} to listen on,
 * {@code {backend}} and {@code {backend-h2c}} as {@code host:port}, {@code {cert}} and {@code {key}}, {@code {dir}} for
 * its files, {@code {workers}}. The places say what it speaks; several lines serve different needs.
 *
 * @param name what tables call it
 * @param lines shell command lines; the first that has what a scenario needs is run
 */
public record CommandPeer(String name, List<String> lines) implements Peer {

    @Override
    public Optional<String> prepare() {
        return Optional.empty();
    }

    @Override
    public String version() {
        return "as given";
    }

    @Override
    public boolean speaks(Needs needs) {
        return line(needs).isPresent();
    }

    @Override
    public Launch launch(Site site) {
        String line = line(site.needs())
                .orElseThrow(() -> new IllegalArgumentException(name + " (expected: a command line for the scenario)"));
        Map<String, Object> places = Map.of(
                "{port}", site.port(),
                "{tls-port}", site.tlsPort(),
                "{backend}", "127.0.0.1:" + site.backendPort(),
                "{backend-h2c}", "127.0.0.1:" + site.backendH2cPort(),
                "{cert}", site.certificate(),
                "{key}", site.key(),
                "{dir}", site.dir(),
                "{workers}", site.workers());
        for (Map.Entry<String, Object> place : places.entrySet()) {
            line = line.replace(place.getKey(), place.getValue().toString());
        }
        return Launch.of("sh", "-c", line);
    }

    private Optional<String> line(Needs needs) {
        return needs.routes() > 0
                ? Optional.empty()
                : lines.stream()
                        .filter(line -> line.contains(needs.tls() ? "{tls-port}" : "{port}"))
                        .filter(line -> line.contains(needs.h2cBackend() ? "{backend-h2c}" : "{backend}"))
                        .findFirst();
    }
}
