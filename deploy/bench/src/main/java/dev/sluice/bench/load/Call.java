package dev.sluice.bench.load;

/**
 * One kind of request.
 *
 * @param method GET or POST
 * @param path the request target, for example {@code /bytes/128}
 * @param authority the Host or {@code :authority}
 * @param bodyBytes length of the request body, 0 for none; of the message in it, when it is a gRPC call
 * @param grpc whether it is a unary gRPC call: a framed message each way, {@code te: trailers}, and an answer without
 *     a {@code grpc-status: 0} trailer is an error
 */
public record Call(String method, String path, String authority, int bodyBytes, boolean grpc) {}
