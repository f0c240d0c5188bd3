package dev.sluice.grpc.service;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.sluice.spi.LocalService;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * One method of a {@link GrpcService}.
 *
 * @param <Q> its request's type
 * @param requests reads requests
 * @param begin makes what handles a call's requests
 */
public record GrpcMethod<Q extends MessageLite>(Parser<Q> requests, Function<GrpcCall, Requests<Q>> begin) {

    /** The requests of one call, as they come. Called on the call's event loop, and no more once the call is over. */
    public interface Requests<Q> {

        /** The next request. */
        void next(Q request);

        /** There are no more. */
        void ended();

        /** Routes, endpoints or the drain have changed. */
        default void changed() {}

        /** The call is over, whoever ended it; called once. */
        default void closed() {}
    }

    /** A method that takes one request. */
    public static <Q extends MessageLite> GrpcMethod<Q> ofOne(Parser<Q> requests, BiConsumer<GrpcCall, Q> answer) {
        return new GrpcMethod<>(requests, call -> new OneRequest<>(call) {
            @Override
            void answer(Q request) {
                answer.accept(call, request);
            }
        });
    }

    LocalService.Stream open(LocalService.Exchange exchange) {
        GrpcCall call = new GrpcCall(exchange);
        return new GrpcStream<>(call, requests, begin.apply(call));
    }
}
