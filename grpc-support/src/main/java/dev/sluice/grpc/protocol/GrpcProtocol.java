package dev.sluice.grpc.protocol;

import dev.sluice.config.GrpcTerms;
import dev.sluice.grpc.GrpcMetrics;
import dev.sluice.spi.CallCount;
import dev.sluice.spi.CallProtocol;
import java.util.List;

/** gRPC: over GRPCRoutes, where nothing else is served, and over HTTPRoutes, where it is known by its content type. */
public final class GrpcProtocol implements CallProtocol {

    private final GrpcMetrics metrics;

    /** @param metrics where its calls are counted */
    public GrpcProtocol(GrpcMetrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public Rule rule(boolean grpcRoute, GrpcTerms terms) {
        return new GrpcRule(grpcRoute, terms, metrics);
    }

    @Override
    public List<CallCount> counts() {
        return metrics.methods(System.nanoTime());
    }
}
