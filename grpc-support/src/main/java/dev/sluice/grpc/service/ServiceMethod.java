package dev.sluice.grpc.service;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.spi.LocalService;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * One method of a {@link GrpcService}.
 *
 * @param <Q> its request's type
 * @param reader reads requests
 * @param begin makes what handles a call's requests
 */
public record ServiceMethod<Q>(Reader<Q> reader, Function<ServiceCall, Requests<Q>> begin) {

    /** Reads a message; a method reference such as {@code HelloRequest::parseFrom} costs a start nothing. */
    @FunctionalInterface
    public interface Reader<Q> {

        /** The message of these bytes. */
        Q read(byte[] message) throws InvalidProtocolBufferException;
    }

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
    public static <Q> ServiceMethod<Q> ofOne(Reader<Q> reader, BiConsumer<ServiceCall, Q> answer) {
        return new ServiceMethod<>(reader, call -> new OneRequest<>(call) {
            @Override
            void answer(Q request) {
                answer.accept(call, request);
            }
        });
    }

    LocalService.Stream open(LocalService.Exchange exchange) {
        ServiceCall call = new ServiceCall(exchange);
        return new ServiceStream<>(call, reader, begin.apply(call));
    }
}
