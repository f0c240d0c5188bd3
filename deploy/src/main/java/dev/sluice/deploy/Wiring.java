package dev.sluice.deploy;

import dev.sluice.grpc.GrpcMetrics;
import dev.sluice.grpc.GrpcProtocol;
import dev.sluice.grpc.GrpcReply;
import dev.sluice.spi.Extensions;
import java.util.List;

/** What this distribution adds to the gateway. The one place where modules meet; nothing is found by scanning. */
final class Wiring {

    private Wiring() {}

    static Extensions extensions() {
        GrpcMetrics grpcMetrics = new GrpcMetrics();
        return new Extensions(
                List.of(new GrpcReply()),
                List.of(),
                List.of(new GrpcProtocol(grpcMetrics)),
                List.of(),
                List.of(grpcMetrics));
    }
}
