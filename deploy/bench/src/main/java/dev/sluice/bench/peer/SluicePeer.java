package dev.sluice.bench.peer;

import dev.sluice.bench.scenario.Needs;
import dev.sluice.bench.scenario.Routes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A build of Sluice, started as its users start it.
 *
 * @param name what tables call it
 * @param launcher its {@code sluice} script
 * @param arguments further ones of {@code sluice run}
 * @param javaOptions JVM options that win over the launcher's
 */
public record SluicePeer(String name, Path launcher, List<String> arguments, String javaOptions) implements Peer {

    @Override
    public Optional<String> prepare() {
        // Also builds it, and the caches that a user's second start has.
        return version().startsWith("sluice ")
                ? Optional.empty()
                : Optional.of("failed: " + launcher + " version: " + version());
    }

    @Override
    public String version() {
        return Commands.firstLine(launcher.toString(), "version");
    }

    @Override
    public boolean speaks(Needs needs) {
        return true;
    }

    @Override
    public Launch launch(Site site) throws IOException {
        List<String> command = new ArrayList<>(List.of(launcher.toString(), "run"));
        if (site.needs().routes() == 0) {
            String scheme = site.needs().h2cBackend() ? "h2c" : "http";
            command.addAll(List.of("--to", scheme + "://127.0.0.1:" + site.upstreamPort()));
            command.addAll(List.of(
                    "--listen",
                    "127.0.0.1:" + site.port(),
                    "--listen-tls",
                    "127.0.0.1:" + site.tlsPort(),
                    "--cert",
                    site.certificate().toString(),
                    "--key",
                    site.key().toString()));
        } else {
            Path file = site.dir().resolve("gateway.yaml");
            Files.writeString(file, configuration(site));
            command.addAll(List.of("--config", file.toString()));
        }
        command.addAll(
                List.of("--admin", "off", "--access-log", "off", "--event-loops", Integer.toString(site.workers())));
        command.addAll(arguments);
        return new Launch(command, Map.of("SLUICE_JAVA_OPTS", (cipher(site) + " " + javaOptions).trim()));
    }

    /** The JVM option that leaves Java's own TLS the one cipher that all peers have; BoringSSL takes it unasked. */
    private static String cipher(Site site) throws IOException {
        if (!site.needs().tls()) {
            return "";
        }
        Path file = site.dir().resolve("java.security");
        Files.writeString(
                file,
                "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, TLS_AES_256_GCM_SHA384,"
                        + " TLS_CHACHA20_POLY1305_SHA256\n");
        return "-Djava.security.properties=" + file;
    }

    /** One HTTPRoute of one rule for each prefix. */
    private static String configuration(Site site) {
        StringBuilder yaml = new StringBuilder(
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: edge}
                spec:
                  addresses: [{value: 127.0.0.1}]
                  listeners: [{name: http, port: %d, protocol: HTTP}]
                ---
                apiVersion: sluice.dev/v1
                kind: Backend
                metadata: {name: backend}
                spec:
                  endpoints: [{address: 127.0.0.1, port: %d}]
                """
                        .formatted(site.port(), site.upstreamPort()));
        for (String prefix : Routes.prefixes(site.needs().routes())) {
            yaml.append(
                    """
                    ---
                    apiVersion: gateway.networking.k8s.io/v1
                    kind: HTTPRoute
                    metadata: {name: %s}
                    spec:
                      parentRefs: [{name: edge}]
                      rules:
                        - matches: [{path: {type: PathPrefix, value: %s}}]
                          backendRefs: [{group: sluice.dev, kind: Backend, name: backend}]
                    """
                            .formatted(prefix.replace("/", ""), prefix));
        }
        return yaml.toString();
    }
}
