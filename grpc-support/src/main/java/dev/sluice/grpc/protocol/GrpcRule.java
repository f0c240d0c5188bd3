package dev.sluice.grpc.protocol;

import dev.sluice.config.GrpcTerms;
import dev.sluice.failure.Failure;
import dev.sluice.filter.GrpcContent;
import dev.sluice.grpc.GrpcCall;
import dev.sluice.grpc.GrpcMetrics;
import dev.sluice.grpc.transcode.Transcoder;
import dev.sluice.grpc.web.WebCall;
import dev.sluice.spi.Call;
import dev.sluice.spi.CallExchange;
import dev.sluice.spi.CallProtocol;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** gRPC on one rule: which of its requests are calls, and in which dialect. */
final class GrpcRule implements CallProtocol.Rule {

    private final boolean grpcRoute;
    private final GrpcTerms terms;
    private final GrpcMetrics metrics;
    private final boolean web;
    private final @Nullable Transcoder transcoder;

    /** @throws IllegalArgumentException when the terms' descriptor sets cannot be used */
    GrpcRule(boolean grpcRoute, GrpcTerms terms, GrpcMetrics metrics) {
        this.grpcRoute = grpcRoute;
        this.terms = terms;
        this.metrics = metrics;
        this.web = terms.web() == null ? grpcRoute : terms.web();
        this.transcoder = terms.transcoding() == null ? null : Transcoder.of(terms.transcoding());
    }

    @Override
    public @Nullable Call begin(CallExchange exchange) {
        String type = exchange.requestHeaders().get("content-type");
        if (GrpcContent.isGrpc(type)) {
            return nativeCall(exchange);
        }
        if (web && WebCall.accepts(type)) {
            return WebCall.begin(exchange, this::call);
        }
        if (transcoder != null) {
            return transcoded(exchange, transcoder);
        }
        if (grpcRoute && !isPreflight(exchange)) {
            exchange.fail(
                    Failure.UNSUPPORTED_MEDIA_TYPE,
                    "content-type " + (type == null ? "is missing" : type) + " (expected: application/grpc)");
        }
        return null;
    }

    /** The backend speaks gRPC alone: what no method answers to need not be sent there. */
    private @Nullable Call transcoded(CallExchange exchange, Transcoder methods) {
        Call call = methods.begin(exchange, this::call);
        if (call == Transcoder.ANSWERED) {
            return null;
        }
        if (call == null && !isPreflight(exchange)) {
            methods.refuseUnknown(exchange);
        }
        return call;
    }

    private @Nullable Call nativeCall(CallExchange exchange) {
        if (!exchange.method().equals("POST")) {
            return refused(exchange, Failure.METHOD_NOT_ALLOWED, "method " + exchange.method() + " (expected: POST)");
        }
        if (exchange.protocol() == HttpVersion.HTTP_1_1 || exchange.protocol() == HttpVersion.HTTP_1_0) {
            return refused(exchange, Failure.GRPC_NEEDS_HTTP2, Failure.GRPC_NEEDS_HTTP2.text());
        }
        return call(exchange);
    }

    /** On an HTTPRoute, who knows what its upstream makes of it: it is forwarded as it is. */
    private @Nullable Call refused(CallExchange exchange, Failure failure, String detail) {
        if (grpcRoute) {
            exchange.fail(failure, detail);
        }
        return null;
    }

    /** Begins a call whose request and response are gRPC's, as the upstream knows them; null when it is over at once. */
    private @Nullable Call call(CallExchange exchange) {
        return GrpcCall.begin(exchange, terms, metrics);
    }

    /** A browser's question before a call, which the CORS filter answers. */
    private static boolean isPreflight(CallExchange exchange) {
        return exchange.method().equals("OPTIONS")
                && exchange.requestHeaders().contains("access-control-request-method");
    }
}
