package dev.sluice.upstream;

import dev.sluice.config.Defaults;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;

/**
 * Has failures in a row reported before their time: at the end of the turn, but not again within
 * {@link Defaults#EARLY_REPORT_PAUSE}, however many endpoints fail.
 */
final class EarlyReport extends Timeout {

    private final Loop loop;
    private final Runnable report;
    private final Runnable turnEnd = this::expired;
    private boolean due;
    private boolean any;
    private long lastNanos;

    EarlyReport(Loop loop, Runnable report) {
        this.loop = loop;
        this.report = report;
    }

    /** Asks for a report; one serves all that ask before it. */
    void soon() {
        if (due) {
            return;
        }
        due = true;
        long pauseNanos = Defaults.EARLY_REPORT_PAUSE.toNanos();
        long sinceNanos = loop.nanoTime() - lastNanos;
        if (!any || sinceNanos >= pauseNanos) {
            loop.atTurnEnd(turnEnd);
        } else {
            loop.timer().arm(this, (pauseNanos - sinceNanos) / 1_000_000 + 1);
        }
    }

    void close() {
        loop.timer().cancel(this);
    }

    @Override
    protected void expired() {
        due = false;
        any = true;
        lastNanos = loop.nanoTime();
        report.run();
    }
}
