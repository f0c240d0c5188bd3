package dev.sluice.grpc.transcode;

import dev.sluice.failure.Failure;
import dev.sluice.failure.Failure.Where;
import dev.sluice.grpc.GrpcStatus;
import dev.sluice.grpc.GrpcStatusTable;

/** Which HTTP status a gRPC status is to a JSON client: the mapping that {@code google/rpc/code.proto} gives. */
final class HttpStatusTable {

    private HttpStatusTable() {}

    /** 200 for OK, else 400..599. */
    static int of(GrpcStatus status) {
        return switch (status) {
            case OK -> 200;
            case CANCELLED -> 499;
            case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
            case UNAUTHENTICATED -> 401;
            case PERMISSION_DENIED -> 403;
            case NOT_FOUND -> 404;
            case ALREADY_EXISTS, ABORTED -> 409;
            case RESOURCE_EXHAUSTED -> 429;
            case UNKNOWN, INTERNAL, DATA_LOSS -> 500;
            case UNIMPLEMENTED -> 501;
            case UNAVAILABLE -> 503;
            case DEADLINE_EXCEEDED -> 504;
        };
    }

    /**
     * The status of a failure of the gateway's own. A client's mistake is in its request: gRPC has no word for what its
     * libraries never do wrong (gRFC A54), but here the gateway knows the message.
     */
    static GrpcStatus grpc(Failure failure) {
        if (failure == Failure.NO_ROUTE) {
            return GrpcStatus.NOT_FOUND; // it is the path that no method has
        }
        GrpcStatus status = GrpcStatusTable.of(failure);
        boolean wordless = status == GrpcStatus.INTERNAL || status == GrpcStatus.UNKNOWN;
        return failure.where() == Where.DOWNSTREAM && wordless ? GrpcStatus.INVALID_ARGUMENT : status;
    }

    /**
     * The HTTP status of a failure of the gateway's own: the table's, unless that would call the client guilty of what is
     * not its doing, or name less well what is.
     */
    static int of(Failure failure) {
        int status = of(grpc(failure));
        return failure.where() == Where.DOWNSTREAM || status < 500 ? failure.status() : status;
    }
}
