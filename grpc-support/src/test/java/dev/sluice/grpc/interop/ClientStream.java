package dev.sluice.grpc.interop;

import static java.util.Objects.requireNonNull;

import dev.sluice.testkit.Eventually;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The client's end of a streaming call; cancels with its first message if it is to. */
final class ClientStream<Q, A> implements ClientResponseObserver<Q, A> {

    private final boolean cancelsWithMessage;
    private final CompletableFuture<A> first = new CompletableFuture<>();
    private final CompletableFuture<Status.Code> status = new CompletableFuture<>();
    private @Nullable ClientCallStreamObserver<Q> call;

    ClientStream(boolean cancelsWithMessage) {
        this.cancelsWithMessage = cancelsWithMessage;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<Q> begun) {
        call = begun;
    }

    @Override
    public void onNext(A message) {
        if (first.complete(message) && cancelsWithMessage) {
            cancel();
        }
    }

    @Override
    public void onError(Throwable cause) {
        first.completeExceptionally(cause);
        status.complete(Status.fromThrowable(cause).getCode());
    }

    @Override
    public void onCompleted() {
        status.complete(Status.Code.OK);
    }

    void cancel() {
        requireNonNull(call).cancel("enough", null);
    }

    A awaitMessage() {
        return Eventually.get(first);
    }

    Status.Code awaitStatus() {
        return Eventually.get(status);
    }
}
