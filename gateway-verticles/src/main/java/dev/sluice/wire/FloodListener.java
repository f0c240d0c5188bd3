package dev.sluice.wire;

import dev.sluice.stream.Flood;

/** Hears of what one connection's client sends too much of. */
public interface FloodListener {

    /** Hears of nothing. */
    FloodListener NONE = new FloodListener() {
        @Override
        public boolean reset() {
            return false;
        }

        @Override
        public void flood(Flood kind, int count) {}
    };

    /**
     * The client reset a stream.
     *
     * @return whether its connections together have sent so much that this one is to be cut
     */
    boolean reset();

    /** The connection is being cut, which happens once. */
    void flood(Flood kind, int count);
}
