package dev.sluice.bench;

import dev.sluice.bench.peer.Certificate;
import dev.sluice.bench.peer.Peer;
import dev.sluice.bench.peer.PeerProcess;
import dev.sluice.bench.peer.Site;
import dev.sluice.bench.scenario.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where peers are started: directories, ports, logs, the backend and the certificate. */
final class Field {

    private final Path sites;
    private final Path logs;
    private final BackendProcess backend;
    private final Certificate certificate;
    private final int workers;
    private final Ports ports;

    /**
     * @param out the bench's directory
     * @param workers of each peer
     */
    Field(Path out, BackendProcess backend, int workers, Ports ports) throws IOException {
        this.backend = backend;
        this.workers = workers;
        this.ports = ports;
        logs = Files.createDirectories(out.resolve("logs"));
        sites = Files.createDirectories(out.resolve("sites"));
        certificate = Certificate.create(sites);
    }

    BackendProcess backend() {
        return backend;
    }

    /**
     * Starts a peer, and does not wait for it.
     *
     * @throws IOException when it cannot be started
     */
    Contestant start(Peer peer, Scenario scenario) throws IOException {
        Site site = new Site(
                Files.createDirectories(sites.resolve(scenario.name()).resolve(peer.name())),
                scenario.needs(),
                ports.take(),
                ports.take(),
                backend.port(),
                backend.h2cPort(),
                certificate.certificate(),
                certificate.key(),
                workers);
        Path log = logs.resolve(scenario.name() + "-" + peer.name() + ".log");
        return new Contestant(peer, site, PeerProcess.start(peer.launch(site), site.dir(), log));
    }
}
