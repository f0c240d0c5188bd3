package dev.sluice.bench.peer;

import dev.sluice.bench.load.Protocol;
import dev.sluice.bench.scenario.Needs;
import dev.sluice.bench.scenario.Routes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Spring Cloud Gateway on WebFlux; cleartext HTTP/2 to a backend is nothing that its properties offer. */
final class SpringCloudGatewayPeer extends MavenPeer {

    SpringCloudGatewayPeer(Path peers, Path logs) {
        super("spring-cloud-gateway", peers, logs);
    }

    @Override
    public boolean speaks(Needs needs) {
        return needs.front() != Protocol.HTTP3 && !needs.h2cBackend();
    }

    @Override
    public Launch launch(Site site) throws IOException {
        Path file = site.dir().resolve("application.yaml");
        Files.writeString(file, configuration(site));
        List<String> command = project.java(
                List.of("-Dreactor.netty.ioWorkerCount=" + site.workers()),
                "dev.sluice.bench.scg.GatewayApplication",
                "--spring.config.location=file:" + file);
        return new Launch(command, Map.of());
    }

    private static String configuration(Site site) {
        // One port, which is cleartext or TLS.
        StringBuilder yaml = new StringBuilder(
                """
                logging.level.root: warn
                spring.main.banner-mode: "off"
                server.address: 127.0.0.1
                server.port: %d
                server.http2.enabled: true
                """
                        .formatted(site.front()));
        if (site.needs().tls()) {
            yaml.append(
                    """
                    server.ssl.certificate: file:%s
                    server.ssl.certificate-private-key: file:%s
                    server.ssl.enabled-protocols: TLSv1.3
                    server.ssl.ciphers: TLS_AES_128_GCM_SHA256
                    """
                            .formatted(site.certificate(), site.key()));
        }
        yaml.append(
                """
                spring.cloud.gateway.server.webflux:
                  httpclient.pool: {type: fixed, max-connections: 512}
                  routes:
                """);
        List<String> patterns = site.needs().routes() == 0
                ? List.of("/**")
                : Routes.prefixes(site.needs().routes()).stream()
                        .map(prefix -> prefix + "**")
                        .toList();
        for (String pattern : patterns) {
            yaml.append("    - {id: '%s', uri: 'http://127.0.0.1:%d', predicates: ['Path=%s']}%n"
                    .formatted(pattern, site.upstreamPort(), pattern));
        }
        return yaml.toString();
    }
}
