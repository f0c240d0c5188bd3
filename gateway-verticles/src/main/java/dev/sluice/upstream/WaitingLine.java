package dev.sluice.upstream;

import org.jspecify.annotations.Nullable;

/** Requests that wait, in the order in which they came; leaving from anywhere costs a few writes. */
final class WaitingLine {

    private @Nullable Waiter first;
    private @Nullable Waiter last;
    private int size;

    @Nullable
    Waiter first() {
        return first;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void add(Waiter waiter) {
        Waiter before = last;
        waiter.before = before;
        if (before == null) {
            first = waiter;
        } else {
            before.behind = waiter;
        }
        last = waiter;
        size++;
    }

    /** Takes one out that is in the line. */
    void remove(Waiter waiter) {
        Waiter before = waiter.before;
        Waiter behind = waiter.behind;
        if (before == null) {
            first = behind;
        } else {
            before.behind = behind;
        }
        if (behind == null) {
            last = before;
        } else {
            behind.before = before;
        }
        waiter.before = null;
        waiter.behind = null;
        size--;
    }

    /** The first for which no connect is under way; passes at most as many others as there are connects. */
    @Nullable
    Waiter firstWithoutConnect() {
        Waiter waiter = first;
        while (waiter != null && waiter.connect != null) {
            waiter = waiter.behind;
        }
        return waiter;
    }
}
