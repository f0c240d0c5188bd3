package dev.sluice.bench.load;

/**
 * One kind of request.
 *
 * @param method GET or POST
 * @param path the request target, for example {@code /bytes/128}
 * @param authority the Host or {@code :authority}
 * @param bodyBytes length of the request body, 0 for none; of the message in it, when it is a gRPC call
 * @param grpcAnswer length of the framed messages that answer a gRPC call, 0 when it is none. A call sends one framed
 *     message and {@code te: trailers}; an answer of another length or without a {@code grpc-status: 0} trailer is an error
 */
public record Call(String method, String path, String authority, int bodyBytes, int grpcAnswer) {

    /** Whether it is a gRPC call. */
    boolean grpc() {
        return grpcAnswer > 0;
    }
}
