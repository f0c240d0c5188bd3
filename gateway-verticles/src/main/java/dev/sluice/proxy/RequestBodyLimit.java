package dev.sluice.proxy;

import dev.sluice.filter.BodyLimit;

/** The limit of one request's body, which counts what has come. */
final class RequestBodyLimit implements BodyLimit {

    private long bytes;
    private boolean reading;

    RequestBodyLimit(long bytes) {
        this.bytes = bytes;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void set(long limit) {
        if (reading) {
            throw new IllegalStateException("the body is being read");
        }
        if (limit < UNLIMITED) {
            throw new IllegalArgumentException(limit + " (expected: 0 or more, or -1 for no limit)");
        }
        bytes = limit;
    }

    @Override
    public boolean isReadOnly() {
        return reading;
    }

    /** The first byte is about to be passed on. */
    void reading() {
        reading = true;
    }

    /** Whether a body of this length, or so much of one, is too large. */
    boolean forbids(long length) {
        return bytes != UNLIMITED && length > bytes;
    }
}
