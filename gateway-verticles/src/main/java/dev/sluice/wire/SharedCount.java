package dev.sluice.wire;

import dev.sluice.config.ClientTerms;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many of something are open on all loops together, for limits that a loop's share would not do justice to; never
 * asked for a request.
 */
public final class SharedCount implements Shareable {

    private static final String MAP = "sluice.counts";

    private final AtomicLong open = new AtomicLong();

    SharedCount() {}

    /** The one of this name among all loops. */
    public static SharedCount of(Vertx vertx, String name) {
        return vertx.sharedData().<String, SharedCount>getLocalMap(MAP).computeIfAbsent(name, key -> new SharedCount());
    }

    /**
     * Counts one more, unless there are as many as allowed.
     *
     * @param max {@link ClientTerms#UNLIMITED} for any number
     */
    public boolean take(long max) {
        long now = open.incrementAndGet();
        if (max != ClientTerms.UNLIMITED && now > max) {
            open.decrementAndGet();
            return false;
        }
        return true;
    }

    /** Counts one less. */
    public void give() {
        open.decrementAndGet();
    }
}
