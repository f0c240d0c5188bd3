package dev.sluice.discovery;

import dev.sluice.config.Defaults;
import dev.sluice.wire.DnsAnswer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A name that is looked up again and again, when its last answer expires, as long as somebody watches it. While look-ups
 * fail the last good answer stays, and the next comes soon, then less and less so.
 *
 * @param <T> what it resolves to
 */
final class WatchedName<T> {

    private static final Logger log = LoggerFactory.getLogger(WatchedName.class);

    private final Vertx vertx;
    private final String name;
    private final Function<List<T>, Future<DnsAnswer<T>>> lookUp;
    private final Runnable abandoned;
    private final List<Runnable> watchers = new ArrayList<>();
    private List<T> records = List.of();
    private boolean asked;
    private boolean looking;
    private int failures;
    private @Nullable Long timer;

    /**
     * Nobody watches it yet.
     *
     * @param lookUp asks, given the last good answer
     * @param abandoned called when nobody watches any more
     */
    WatchedName(Vertx vertx, String name, Function<List<T>, Future<DnsAnswer<T>>> lookUp, Runnable abandoned) {
        this.vertx = vertx;
        this.name = name;
        this.lookUp = lookUp;
        this.abandoned = abandoned;
    }

    /** The last good answer; empty before the first. */
    List<T> records() {
        return records;
    }

    /** Whether the first look-up is over, however it ended. */
    boolean asked() {
        return asked;
    }

    /** Calls back when the records change and when the first look-up is over. */
    void watch(Runnable changed) {
        watchers.add(changed);
        if (!looking && timer == null) {
            look();
        }
    }

    /** Ends what {@link #watch} began. */
    void leave(Runnable changed) {
        watchers.remove(changed);
        if (watchers.isEmpty()) {
            if (timer != null) {
                vertx.cancelTimer(timer);
                timer = null;
            }
            abandoned.run();
        }
    }

    private void look() {
        looking = true;
        timer = null;
        ask().onComplete((answer, error) -> {
            looking = false;
            if (watchers.isEmpty()) {
                return;
            }
            boolean news = !asked;
            asked = true;
            if (answer != null) {
                news |= resolved(answer.records());
                lookAgainIn(Duration.ofSeconds(answer.ttlSeconds()), Defaults.DNS_MAX_REFRESH);
            } else {
                failed(String.valueOf(error));
                lookAgainIn(
                        Defaults.DNS_MIN_REFRESH.multipliedBy(1L << Math.min(failures - 1, 8)), Defaults.DNS_REFRESH);
            }
            if (news) {
                List.copyOf(watchers).forEach(Runnable::run);
            }
        });
    }

    /** One that throws has failed; the next comes all the same. */
    private Future<DnsAnswer<T>> ask() {
        try {
            return lookUp.apply(records);
        } catch (RuntimeException broken) {
            return Future.failedFuture(broken);
        }
    }

    /** Whether it is something new. */
    private boolean resolved(List<T> fresh) {
        boolean changed = !fresh.equals(records);
        if (changed || failures > 0) {
            log.info("event=dns_resolved name={} records={}", name, fresh);
        }
        failures = 0;
        records = fresh;
        return changed;
    }

    private void failed(String cause) {
        failures++;
        if (failures == 1) {
            log.warn("event=dns_failed name={} kept={} cause=\"{}\"", name, records.size(), cause);
        }
    }

    private void lookAgainIn(Duration wanted, Duration most) {
        long millis = Math.max(Defaults.DNS_MIN_REFRESH.toMillis(), Math.min(wanted.toMillis(), most.toMillis()));
        timer = vertx.setTimer(millis, id -> look());
    }
}
