package dev.sluice.grpc;

import dev.sluice.failure.Failure;
import dev.sluice.spi.Call;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A call whose client speaks another dialect than its upstream, around the call that its upstream knows. What does not
 * depend on the dialect is the inner call's to say.
 */
public abstract class DialectCall implements Call {

    /** It sees what a gRPC client would have sent, and would be sent. */
    protected final Call grpc;

    /** @param grpc as its upstream knows it */
    protected DialectCall(Call grpc) {
        this.grpc = grpc;
    }

    @Override
    public final int statusOf(int status, Function<String, @Nullable String> fields) {
        return grpc.statusOf(status, fields);
    }

    @Override
    public final int callStatus(int status, Function<String, @Nullable String> fields) {
        return grpc.callStatus(status, fields);
    }

    @Override
    public final void ended(@Nullable Failure failure) {
        grpc.ended(failure);
    }

    @Override
    public boolean isServerFault() {
        return grpc.isServerFault();
    }

    @Override
    public final int status() {
        return grpc.status();
    }
}
