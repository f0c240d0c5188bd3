package dev.sluice.cluster;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * Where a caller's own things run, to which the cluster's threads hand over what they have for it.
 *
 * @param context null for a caller that has none: then on the cluster's threads
 */
record CallerContext(@Nullable Context context) {

    static CallerContext current() {
        return new CallerContext(Vertx.currentContext());
    }

    void run(Runnable task) {
        if (context == null) {
            task.run();
        } else {
            context.runOnContext(v -> task.run());
        }
    }

    /** The same future, completed here. */
    <T> Future<T> complete(Future<T> future) {
        Promise<T> promise = Promise.promise();
        future.onComplete(result -> run(() -> handOver(result, promise)));
        return promise.future();
    }

    private static <T> void handOver(AsyncResult<T> result, Promise<T> promise) {
        if (result.succeeded()) {
            promise.complete(result.result());
        } else {
            promise.fail(result.cause());
        }
    }
}
