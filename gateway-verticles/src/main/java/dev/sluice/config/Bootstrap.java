package dev.sluice.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A {@code sluice.dev/v1 Bootstrap}: what only a restart changes. At most one document; flags win over it.
 *
 * @param adminHost address of the admin API, loopback by default
 * @param adminPort 0..65535, 0 for a port that the system chooses; {@link #NO_ADMIN} for no admin API
 * @param eventLoops number of event loops, each with all listeners; 1..1024
 * @param transport the I/O transport
 * @param drainPatience how long a gateway that shall drain waits for its turn in the cluster; zero or more
 * @param lameDuck how long a draining gateway still accepts after readiness turned 503; zero or more
 * @param drainDeadline how long in-flight exchanges may take after accepting stopped; then they are aborted
 * @param accessLog whether and where each request is logged; null for off
 * @param maxConnections client connections open at all listeners together; {@link ClientTerms#UNLIMITED}
 * @param zone where the process runs, as endpoints' zones are written; empty when nobody says
 * @param cluster the gateways that this one acts together with; null for none
 */
public record Bootstrap(
        String adminHost,
        int adminPort,
        int eventLoops,
        Transport transport,
        Duration drainPatience,
        Duration lameDuck,
        Duration drainDeadline,
        @Nullable AccessLogTarget accessLog,
        long maxConnections,
        String zone,
        @Nullable ClusterSettings cluster) {

    /** In no zone and no cluster, so that there is no turn to wait for. */
    public Bootstrap(
            String adminHost,
            int adminPort,
            int eventLoops,
            Transport transport,
            Duration lameDuck,
            Duration drainDeadline,
            @Nullable AccessLogTarget accessLog,
            long maxConnections) {
        this(
                adminHost,
                adminPort,
                eventLoops,
                transport,
                Defaults.DRAIN_PATIENCE,
                lameDuck,
                drainDeadline,
                accessLog,
                maxConnections,
                "",
                null);
    }

    /** The {@code adminPort} of a gateway without admin API. */
    public static final int NO_ADMIN = -1;

    /** Native transports, best first for {@code AUTO}. */
    public enum Transport {
        AUTO,
        IO_URING,
        EPOLL,
        NIO
    }

    /**
     * Where the JSON access log goes.
     *
     * @param path a file to append to; {@code -} for standard output
     */
    public record AccessLogTarget(String path) {}

    /** All defaults. */
    public static Bootstrap defaults() {
        return new Bootstrap(
                Defaults.ADMIN_HOST,
                Defaults.ADMIN_PORT,
                Defaults.eventLoops(),
                Transport.AUTO,
                Defaults.LAME_DUCK,
                Defaults.DRAIN_DEADLINE,
                new AccessLogTarget("-"),
                Defaults.maxConnections());
    }
}
