package dev.sluice.loop;

import org.jspecify.annotations.Nullable;

/** Something that expires: an intrusive entry of a {@link LoopTimer}, so that arming allocates nothing. */
public abstract class Timeout {

    @Nullable
    Timeout previous;

    @Nullable
    Timeout next;

    long deadlineTick = -1;

    /** Called once per arming, on the loop, at or up to one tick after the deadline. May arm the timeout again. */
    protected abstract void expired();

    /** Whether it is waiting to expire. */
    public final boolean isArmed() {
        return deadlineTick >= 0;
    }
}
