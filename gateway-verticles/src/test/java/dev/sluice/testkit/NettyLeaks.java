package dev.sluice.testkit;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Collects what Netty's leak detector logs, from the first use on and for the whole test JVM. */
public final class NettyLeaks {

    /** What the reference handler takes at most, on a loaded machine, after a collection. */
    private static final long QUEUED_MILLIS = 200;

    private static final List<String> REPORTS = new CopyOnWriteArrayList<>();

    static {
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                REPORTS.add(event.getFormattedMessage());
            }
        };
        appender.start();
        ((Logger) LoggerFactory.getLogger(ResourceLeakDetector.class)).addAppender(appender);
    }

    private NettyLeaks() {}

    /** Begins to listen; leaks logged before are lost. */
    public static void watch() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    }

    /** What was reported since the last call, after giving the collector and the detector a chance. */
    public static List<String> collect() {
        collectGarbage();
        // The detector looks at its queue of collected buffers only when it tracks a new one.
        for (int i = 0; i < 3; i++) {
            ByteBuf probe = PooledByteBufAllocator.DEFAULT.directBuffer(16);
            probe.release();
        }
        List<String> reports = List.copyOf(REPORTS);
        REPORTS.clear();
        return reports;
    }

    /** Collects, and waits until references to what was collected are in their queues. */
    private static void collectGarbage() {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        WeakReference<Object> mark = new WeakReference<>(new Object(), queue);
        try {
            Eventually.holds("the collector finds " + mark, () -> {
                System.gc();
                return isQueued(queue);
            });
        } finally {
            // A reference that is itself collected is never put in its queue.
            Reference.reachabilityFence(mark);
        }
    }

    /** Collecting once more costs far more than a look at what the collection before has found. */
    private static boolean isQueued(ReferenceQueue<Object> queue) {
        try {
            return queue.remove(QUEUED_MILLIS) != null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
