package dev.sluice.grpc.transcode;

import dev.sluice.failure.Failure;
import dev.sluice.failure.Failure.Where;
import dev.sluice.grpc.GrpcStatusTable;

/** Which HTTP status a gRPC status is to a JSON client: the mapping that {@code google/rpc/code.proto} gives. */
final class HttpStatusTable {

    static final int OK = 0;
    static final int UNKNOWN = 2;
    static final int INVALID_ARGUMENT = 3;
    static final int RESOURCE_EXHAUSTED = 8;
    static final int UNIMPLEMENTED = 12;
    static final int INTERNAL = 13;

    private static final int[] HTTP = {
        200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401
    };

    private HttpStatusTable() {}

    /** @param code any number; one that no status has counts as UNKNOWN */
    static int of(int code) {
        return HTTP[code >= 0 && code < HTTP.length ? code : UNKNOWN];
    }

    /** The code of a failure of the gateway's own; a client's mistake is its argument's, not the gateway's. */
    static int code(Failure failure) {
        int code = GrpcStatusTable.of(failure).code();
        return failure.where() == Where.DOWNSTREAM && code == INTERNAL ? INVALID_ARGUMENT : code;
    }

    /**
     * The HTTP status of a failure of the gateway's own: the table's, unless that would call the client guilty of what is
     * not its doing, or name less well what is.
     */
    static int of(Failure failure) {
        int status = of(code(failure));
        return failure.where() == Where.DOWNSTREAM || status < 500 ? failure.status() : status;
    }
}
