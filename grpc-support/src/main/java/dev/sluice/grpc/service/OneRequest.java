package dev.sluice.grpc.service;

import dev.sluice.grpc.GrpcStatus;
import org.jspecify.annotations.Nullable;

/** The request of a method that takes one; any other number of them is UNIMPLEMENTED ({@code doc/statuscodes.md}). */
abstract class OneRequest<Q> implements ServiceMethod.Requests<Q> {

    final ServiceCall call;
    private @Nullable Q request;

    OneRequest(ServiceCall call) {
        this.call = call;
    }

    /** The request is all that has come. */
    abstract void answer(Q request);

    @Override
    public final void next(Q next) {
        if (request != null) {
            call.end(GrpcStatus.UNIMPLEMENTED, "more than one request (expected: one)");
            return;
        }
        request = next;
    }

    @Override
    public final void ended() {
        Q only = request;
        if (only == null) {
            call.end(GrpcStatus.UNIMPLEMENTED, "no request (expected: one)");
        } else {
            answer(only);
        }
    }
}
