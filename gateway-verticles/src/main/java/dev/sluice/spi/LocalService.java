package dev.sluice.spi;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.ResourceKey;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * A service that the gateway itself offers to its clients beside those that it routes to, such as gRPC's health and
 * reflection. A route that names one of its paths goes before it.
 */
public interface LocalService {

    /** The paths that it answers, such as {@code /grpc.health.v1.Health/Check}. */
    Set<String> paths();

    /**
     * Whether a socket offers it.
     *
     * @param terms what the socket's ClientPolicy says
     * @param grpcRoutes whether a GRPCRoute is attached to one of its listeners
     */
    boolean offered(ClientTerms terms, boolean grpcRoutes);

    /** Begins to answer a request to one of them, on its event loop; may answer at once. */
    Stream open(Exchange exchange);

    /** One request's way through the service. Chunks are lent: what is kept of them is copied. */
    interface Stream {

        /** A chunk of the request's body. */
        void data(Buffer chunk);

        /** The request has ended. */
        void end();

        /** Routes, endpoints or the drain have changed. */
        default void changed() {}

        /** Nobody waits for the answer any more; called at most once, also after the answer has ended. */
        void closed();
    }

    /** What the service may see and do of one request. All on the request's event loop. */
    interface Exchange {

        /** The request's path. */
        String path();

        /** The request's fields. */
        MultiMap requestHeaders();

        /** Sends the head; once, before anything else of the answer. */
        void head(int status, MultiMap headers);

        /** Sends a piece of the body. */
        void write(Buffer chunk);

        /** Ends the answer; with no head sent, the trailers are the head. */
        void end(MultiMap trailers);

        /** Whether the node drains: it serves, but no new client should come. */
        boolean draining();

        /** Whether a request for this path, to the same host, would find a fit endpoint. */
        boolean serves(String path);

        /** Whether any rule takes requests for this path. */
        boolean routes(String path);

        /** The backends to which the listener's rules send gRPC calls, in no order. */
        List<ResourceKey> backends();

        /** Those of the rule that takes requests for this path, if it names the path's service; else none. */
        List<ResourceKey> backends(String path);

        /**
         * Asks one of them, and gathers the answer.
         *
         * @param headers with {@code content-type}; changed by what a gateway adds
         * @param maxBytes of the answer's body
         * @return fails when there is no answer within the time, or it is longer
         */
        Future<Answer> ask(
                ResourceKey backend, String path, MultiMap headers, Buffer body, int maxBytes, Duration timeout);
    }

    /** What a backend has answered. */
    record Answer(int status, MultiMap headers, Buffer body, MultiMap trailers) {}
}
