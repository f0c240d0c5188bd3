package dev.sluice.loop;

import io.vertx.core.Vertx;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A hashed timer wheel of one loop: arming and cancelling cost a few writes, whatever the number of timers. It wakes
 * the loop only while something is armed.
 */
public final class LoopTimer {

    /** Resolution, in milliseconds: exchanges time out in seconds, so a tick late is not noticed. */
    public static final int TICK_MILLIS = 20;

    private static final int SLOTS = 512;

    private static final long TICK_NANOS = TICK_MILLIS * 1_000_000L;

    private final Vertx vertx;
    private final Consumer<RuntimeException> onBug;
    private final LongSupplier nanoTime;
    private final long startNanos;
    private final @Nullable Timeout[] slots = new @Nullable Timeout[SLOTS];
    private long currentTick;
    private int armed;
    private boolean ticking;

    LoopTimer(Vertx vertx, LongSupplier nanoTime, Consumer<RuntimeException> onBug) {
        this.onBug = onBug;
        this.vertx = vertx;
        this.nanoTime = nanoTime;
        this.startNanos = nanoTime.getAsLong();
    }

    /**
     * Arms, or arms anew.
     *
     * @param millis from now, at least one tick
     */
    public void arm(Timeout timeout, long millis) {
        if (timeout.isArmed()) {
            cancel(timeout);
        }
        if (!ticking) {
            ticking = true;
            currentTick = nowTick();
            schedule();
        }
        long ticks = Math.max(1, (millis + TICK_MILLIS - 1) / TICK_MILLIS);
        timeout.deadlineTick = Math.max(nowTick(), currentTick) + ticks;
        int slot = slotOf(timeout.deadlineTick);
        Timeout head = slots[slot];
        timeout.next = head;
        if (head != null) {
            head.previous = timeout;
        }
        slots[slot] = timeout;
        armed++;
    }

    /** Disarms; does nothing when it is not armed. */
    public void cancel(Timeout timeout) {
        if (!timeout.isArmed()) {
            return;
        }
        Timeout previous = timeout.previous;
        Timeout next = timeout.next;
        if (previous != null) {
            previous.next = next;
        } else {
            slots[slotOf(timeout.deadlineTick)] = next;
        }
        if (next != null) {
            next.previous = previous;
        }
        timeout.previous = null;
        timeout.next = null;
        timeout.deadlineTick = -1;
        armed--;
    }

    private void schedule() {
        long unused = vertx.setTimer(TICK_MILLIS, id -> tick());
    }

    private void tick() {
        long now = nowTick();
        // A loop that was stalled for longer than one turn of the wheel still visits every slot just once.
        long last = Math.min(now, currentTick + SLOTS);
        for (long tick = currentTick + 1; tick <= last; tick++) {
            expire(slotOf(tick), now);
        }
        currentTick = now;
        if (armed > 0) {
            schedule();
        } else {
            ticking = false;
        }
    }

    private void expire(int slot, long now) {
        Timeout timeout = slots[slot];
        while (timeout != null) {
            if (timeout.deadlineTick <= now) {
                cancel(timeout);
                try {
                    timeout.expired();
                } catch (RuntimeException bug) {
                    onBug.accept(bug); // one bad entry must not stop the wheel for all others
                }
                // expired() may have changed this very list; start over, what is left is not due or will be.
                timeout = slots[slot];
            } else {
                timeout = timeout.next;
            }
        }
    }

    private long nowTick() {
        return (nanoTime.getAsLong() - startNanos) / TICK_NANOS;
    }

    private static int slotOf(long tick) {
        return (int) (tick & (SLOTS - 1));
    }
}
