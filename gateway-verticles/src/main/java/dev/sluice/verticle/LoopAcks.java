package dev.sluice.verticle;

import dev.sluice.bus.Message.LoopAck;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Which table each event loop serves by. Used on one event loop alone. */
final class LoopAcks {

    private final int loops;
    private final TreeMap<Integer, LoopAck> acks = new TreeMap<>();
    private @Nullable Promise<List<String>> waiting;
    private long wanted;

    LoopAcks(int loops) {
        this.loops = loops;
    }

    void acked(LoopAck ack) {
        acks.put(ack.loop(), ack);
        settle();
    }

    /**
     * Waits for all of them, for one version at a time.
     *
     * @return each different error once, when all serve by this version or a later one; fails when they do not in time
     */
    Future<List<String>> await(long version, Duration timeout) {
        Promise<List<String>> promise = Promise.promise();
        waiting = promise;
        wanted = version;
        settle();
        return promise.future().timeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void settle() {
        Promise<List<String>> promise = waiting;
        boolean isComplete = acks.size() == loops && acks.values().stream().allMatch(ack -> ack.version() >= wanted);
        if (promise != null && isComplete) {
            waiting = null;
            List<String> errors = new ArrayList<>();
            acks.values().forEach(ack -> errors.addAll(ack.errors()));
            promise.complete(errors.stream().distinct().toList());
        }
    }
}
