package dev.sluice.deploy;

import dev.sluice.cluster.ClusterNode;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.ClusterSettings;
import dev.sluice.grpc.GrpcReply;
import dev.sluice.spi.Extensions;
import java.util.List;

/** What this distribution adds to the gateway. The one place where modules meet; nothing is found by scanning. */
final class Wiring {

    private Wiring() {}

    static Extensions extensions(Bootstrap bootstrap) {
        Extensions alone = new Extensions(List.of(new GrpcReply()));
        ClusterSettings cluster = bootstrap.cluster();
        // Without one, none of its classes are loaded.
        return cluster == null ? alone : alone.withCluster(new ClusterNode(cluster));
    }
}
