package dev.sluice.bench.peer;

import java.nio.file.Path;
import java.util.Optional;

/** A peer that is built from a Maven project of its own, which has its name. */
abstract class MavenPeer implements Peer {

    final MavenProject project;
    private final String name;

    /**
     * @param peers the directory of the projects
     * @param logs where the build's output goes
     */
    MavenPeer(String name, Path peers, Path logs) {
        this.name = name;
        this.project = new MavenProject(peers.resolve(name), logs);
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final Optional<String> prepare() {
        return project.build();
    }

    @Override
    public final String version() {
        return project.version();
    }
}
