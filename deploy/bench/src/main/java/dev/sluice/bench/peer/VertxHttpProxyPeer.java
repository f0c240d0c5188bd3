package dev.sluice.bench.peer;

import dev.sluice.bench.load.Protocol;
import dev.sluice.bench.scenario.Needs;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A plain vertx-http-proxy application: Vert.x without a gateway around it; it has no routes and loses trailers. */
final class VertxHttpProxyPeer extends MavenPeer {

    VertxHttpProxyPeer(Path peers, Path logs) {
        super("vertx-http-proxy", peers, logs);
    }

    @Override
    public boolean speaks(Needs needs) {
        return needs.front() != Protocol.HTTP3 && !needs.h2cBackend() && needs.routes() == 0;
    }

    @Override
    public Launch launch(Site site) {
        List<String> command = project.java(
                List.of("-Dvertx.disableFileCPResolving=true"),
                "dev.sluice.bench.vertxproxy.ProxyMain",
                site.workers(),
                site.port(),
                site.tlsPort(),
                site.backendPort(),
                site.certificate(),
                site.key());
        return new Launch(command, Map.of());
    }
}
