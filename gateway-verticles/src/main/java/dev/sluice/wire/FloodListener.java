package dev.sluice.wire;

/** Hears of what one connection's client sends too much of. */
public interface FloodListener {

    /** Hears of nothing. */
    FloodListener NONE = new FloodListener() {
        @Override
        public void reset() {}

        @Override
        public void flood(Flood kind, int count) {}
    };

    /** The client reset a stream. */
    void reset();

    /** The connection is being cut, which happens once. */
    void flood(Flood kind, int count);
}
