package dev.sluice.testkit;

import java.util.concurrent.TimeUnit;

/** How much DATA the peer lets us send (RFC 9113 section 5.2). */
final class H2SendWindow {

    private long bytes;

    H2SendWindow(int initial) {
        bytes = initial;
    }

    synchronized void add(int delta) {
        bytes += delta;
        notifyAll();
    }

    /** Takes up to this much, waiting until there is at least one byte. */
    synchronized int take(int wanted) {
        long deadline = System.nanoTime() + Eventually.DEADLINE.toNanos();
        while (bytes <= 0) {
            long rest = deadline - System.nanoTime();
            if (rest <= 0) {
                throw new AssertionError("no flow-control credit within " + Eventually.DEADLINE);
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, rest);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
        int taken = (int) Math.min(wanted, bytes);
        bytes -= taken;
        return taken;
    }

    synchronized long available() {
        return bytes;
    }
}
