package dev.sluice.deploy;

import dev.sluice.cluster.ClusterNode;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.ClusterSettings;
import dev.sluice.grpc.GrpcMetrics;
import dev.sluice.grpc.GrpcReply;
import dev.sluice.grpc.protocol.GrpcProtocol;
import dev.sluice.grpc.service.HealthService;
import dev.sluice.grpc.service.ReflectionService;
import dev.sluice.grpc.web.WebReply;
import dev.sluice.spi.Extensions;
import java.util.List;
import java.util.stream.Stream;

/** What this distribution adds to the gateway. The one place where modules meet; nothing is found by scanning. */
final class Wiring {

    private Wiring() {}

    /** Of a gateway by its bootstrap: one node of a cluster where that says so. */
    static Extensions extensions(Bootstrap bootstrap) {
        ClusterSettings cluster = bootstrap.cluster();
        // Without one, none of its classes are loaded.
        return cluster == null ? extensions() : extensions().withCluster(new ClusterNode(cluster));
    }

    /** Of a gateway on its own. */
    static Extensions extensions() {
        GrpcMetrics grpcMetrics = new GrpcMetrics();
        return new Extensions(
                Stream.concat(Stream.of(new GrpcReply()), WebReply.FORMATS.stream())
                        .toList(),
                List.of(),
                List.of(new GrpcProtocol(grpcMetrics)),
                List.of(HealthService.create(), ReflectionService.create()),
                List.of(grpcMetrics));
    }
}
