package dev.sluice.bench.peer;

import dev.sluice.bench.load.Protocol;
import dev.sluice.bench.scenario.Needs;
import dev.sluice.bench.scenario.Routes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** nghttpx of Debian, whose build has no QUIC. */
final class NghttpxPeer implements Peer {

    private static final DebianPackage PACKAGE = new DebianPackage("nghttpx", "nghttp2-proxy");

    @Override
    public String name() {
        return "nghttpx";
    }

    @Override
    public Optional<String> prepare() {
        return PACKAGE.missing();
    }

    @Override
    public String version() {
        // nghttpx nghttp2/1.52.0
        return PACKAGE.version("--version").replaceFirst(".*/", "");
    }

    @Override
    public boolean speaks(Needs needs) {
        return needs.front() != Protocol.HTTP3;
    }

    @Override
    public Launch launch(Site site) throws IOException {
        String proto = site.needs().h2cBackend() ? ";proto=h2" : "";
        List<String> patterns = site.needs().routes() == 0
                ? List.of("/")
                : Routes.prefixes(site.needs().routes());
        String backends = patterns.stream()
                .map(pattern -> "backend=127.0.0.1,%d;%s%s%n".formatted(site.upstreamPort(), pattern, proto))
                .collect(Collectors.joining());
        // Without a catch-all pattern nghttpx does not start.
        String rest = site.needs().routes() == 0 ? "" : "backend=127.0.0.1,%d;/%n".formatted(site.upstreamPort());
        Path file = site.dir().resolve("nghttpx.conf");
        Files.writeString(
                file,
                """
                frontend=127.0.0.1,%d;no-tls
                frontend=127.0.0.1,%d
                workers=%d
                private-key-file=%s
                certificate-file=%s
                tls13-ciphers=TLS_AES_128_GCM_SHA256
                tls-min-proto-version=TLSv1.3
                errorlog-file=/dev/stderr
                log-level=ERROR
                backlog=4096
                frontend-keep-alive-timeout=75s
                backend-keep-alive-timeout=75s
                %s%s"""
                        .formatted(
                                site.port(),
                                site.tlsPort(),
                                site.workers(),
                                site.key(),
                                site.certificate(),
                                backends,
                                rest));
        return Launch.of(PACKAGE.path(), "--conf=" + file);
    }
}
