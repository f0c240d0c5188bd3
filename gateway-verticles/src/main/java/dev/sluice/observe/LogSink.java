package dev.sluice.observe;

import dev.sluice.config.Defaults;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the access log of all loops on a thread of its own, batch by batch, so that a slow disk or a stalled pipe
 * costs lines and not requests. Lines of one batch stay together; at most {@link Defaults#ACCESS_LOG_QUEUE_BYTES} wait.
 */
public final class LogSink implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LogSink.class);
    private static final Batch END = new Batch(new byte[0], 0);

    private final OutputStream out;
    private final Closeable target;
    private final long maxQueuedBytes;
    private final BlockingQueue<Batch> queue = new LinkedBlockingQueue<>();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final AtomicLong lostLines = new AtomicLong();
    private final Thread writer = new Thread(this::write, "sluice-access-log");
    private boolean failing;

    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    private record Batch(byte[] bytes, int lines) {}

    /**
     * @param out where batches go
     * @param target closed in the end
     * @param maxQueuedBytes what may wait
     */
    LogSink(OutputStream out, Closeable target, long maxQueuedBytes) {
        this.out = out;
        this.target = target;
        this.maxQueuedBytes = maxQueuedBytes;
        writer.setDaemon(true); // a stalled pipe must not keep the process alive
        writer.start();
    }

    /** Writes to standard output, past {@link System#out} and its lock; leaves it open for others. */
    public static LogSink stdout() {
        return new LogSink(new FileOutputStream(FileDescriptor.out), () -> {}, Defaults.ACCESS_LOG_QUEUE_BYTES);
    }

    /**
     * Appends to a file, which is created when missing.
     *
     * @throws IOException when it cannot be opened
     */
    public static LogSink file(Path path) throws IOException {
        OutputStream file = Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return new LogSink(file, file, Defaults.ACCESS_LOG_QUEUE_BYTES);
    }

    /**
     * Queues whole lines, which the caller must not change any more.
     *
     * @return false when too much waits already; the batch is then not taken
     */
    boolean offer(byte[] bytes, int lines) {
        if (queuedBytes.addAndGet(bytes.length) > maxQueuedBytes) {
            queuedBytes.addAndGet(-bytes.length);
            return false;
        }
        return queue.add(new Batch(bytes, lines));
    }

    /** Lines that could not be written since the last call. */
    long takeLostLines() {
        return lostLines.get() == 0 ? 0 : lostLines.getAndSet(0);
    }

    /**
     * Writes what is queued and closes; close the loops' logs first. Blocks, for {@link Defaults#ACCESS_LOG_CLOSE} at
     * most.
     */
    @Override
    public void close() {
        queue.add(END);
        try {
            writer.join(Defaults.ACCESS_LOG_CLOSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (writer.isAlive()) {
            LOG.warn("access log abandoned unwrittenBytes={}", queuedBytes.get());
        }
    }

    @SuppressWarnings("ReferenceEquality") // the one end mark
    private void write() {
        try (target) {
            for (Batch batch = queue.take(); batch != END; batch = queue.take()) {
                write(batch);
                queuedBytes.addAndGet(-batch.bytes().length);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.warn("access log cannot be closed", e);
        }
    }

    private void write(Batch batch) {
        try {
            out.write(batch.bytes());
            out.flush();
            if (failing) {
                failing = false;
                LOG.info("access log is written again");
            }
        } catch (IOException e) {
            lostLines.addAndGet(batch.lines());
            if (!failing) {
                failing = true;
                LOG.error("access log cannot be written", e);
            }
        }
    }
}
