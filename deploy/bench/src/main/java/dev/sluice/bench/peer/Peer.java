package dev.sluice.bench.peer;

import dev.sluice.bench.scenario.Needs;
import java.io.IOException;
import java.util.Optional;

/** A proxy that can be started for a scenario. */
public interface Peer {

    /** What tables call it. */
    String name();

    /**
     * Makes it ready to be started, which may build it.
     *
     * @return why it cannot be, for example {@code missing: apt-get install haproxy}; empty when it can
     */
    Optional<String> prepare();

    /** Its version, and that of what it runs on; only after {@link #prepare}. */
    String version();

    /** Whether it can do what a scenario needs. */
    boolean speaks(Needs needs);

    /**
     * Writes its configuration.
     *
     * @throws IOException when a file cannot be written
     */
    Launch launch(Site site) throws IOException;
}
