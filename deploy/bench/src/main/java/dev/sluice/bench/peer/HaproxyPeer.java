package dev.sluice.bench.peer;

import dev.sluice.bench.load.Protocol;
import dev.sluice.bench.scenario.Needs;
import dev.sluice.bench.scenario.Routes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;

/** HAProxy of Debian, as a proxy of HTTP or of TCP; its build has no QUIC. */
final class HaproxyPeer implements Peer {

    private static final DebianPackage PACKAGE = new DebianPackage("haproxy", "haproxy");

    private final boolean tcp;

    HaproxyPeer(boolean tcp) {
        this.tcp = tcp;
    }

    @Override
    public String name() {
        return tcp ? "haproxy-tcp" : "haproxy";
    }

    @Override
    public Optional<String> prepare() {
        return PACKAGE.missing();
    }

    @Override
    public String version() {
        // HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/
        return PACKAGE.version("-v");
    }

    /** Bytes are passed as they are, so that both sides of TCP speak the same. */
    @Override
    public boolean speaks(Needs needs) {
        boolean http2 = needs.front() == Protocol.H2C || needs.front() == Protocol.H2_TLS;
        return needs.front() != Protocol.HTTP3 && (!tcp || (needs.routes() == 0 && http2 == needs.h2cBackend()));
    }

    @Override
    public Launch launch(Site site) throws IOException {
        Path pem = site.dir().resolve("both.pem");
        Files.writeString(pem, Files.readString(site.certificate()) + Files.readString(site.key()));
        Path map = site.dir().resolve("routes.map");
        Files.writeString(
                map,
                Routes.prefixes(site.needs().routes()).stream()
                        .map(prefix -> prefix + " backend\n")
                        .collect(Collectors.joining()));
        Path file = site.dir().resolve("haproxy.cfg");
        Files.writeString(file, configuration(site, pem, map));
        return Launch.of(PACKAGE.path(), "-db", "-f", file.toString());
    }

    /** Left to itself, HAProxy takes no more clients than it has files for twice, though idle ones need one. */
    private String configuration(Site site, Path pem, Path map) {
        String cleartext = !tcp && site.needs().front() == Protocol.H2C ? " proto h2" : "";
        String alpn = tcp ? "" : " alpn h2,http/1.1";
        String backend = !tcp && site.needs().h2cBackend() ? " proto h2" : "";
        String rule = site.needs().routes() == 0
                ? "default_backend backend"
                : "use_backend %%[path,map_beg(%s)]".formatted(map);
        return """
                global
                  nbthread %d
                  maxconn 30000
                  no strict-limits
                  tune.ssl.cachesize 0
                  ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256
                  ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets
                defaults
                  mode %s
                  no log
                  timeout connect 5s
                  timeout client 75s
                  timeout server 75s
                  http-reuse always
                frontend clients
                  bind 127.0.0.1:%d backlog 4096%s
                  bind 127.0.0.1:%d backlog 4096 ssl crt %s%s
                  %s
                backend backend
                  server one 127.0.0.1:%d pool-max-conn 512%s
                """
                .formatted(
                        site.workers(),
                        tcp ? "tcp" : "http",
                        site.port(),
                        cleartext,
                        site.tlsPort(),
                        pem,
                        alpn,
                        rule,
                        site.upstreamPort(),
                        backend);
    }
}
