package dev.sluice.deploy;

import dev.sluice.grpc.GrpcReply;
import dev.sluice.spi.Extensions;
import java.util.List;

/** What this distribution adds to the gateway. The one place where modules meet; nothing is found by scanning. */
final class Wiring {

    private Wiring() {}

    static Extensions extensions() {
        return new Extensions(List.of(new GrpcReply()));
    }
}
