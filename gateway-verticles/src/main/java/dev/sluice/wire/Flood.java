package dev.sluice.wire;

import dev.sluice.config.Defaults;

/** What a client may send too much of on one HTTP/2 or HTTP/3 connection, within {@link Defaults#FLOOD_WINDOW}. */
public enum Flood {
    /** Streams that the client reset. */
    RESETS(Defaults.MAX_RST_PER_WINDOW),
    /** Most streams of a connection reset before they could be answered (CVE-2023-44487). */
    PREMATURE_RESETS(Integer.MAX_VALUE),
    /** Streams that Sluice had to reset for the client's errors (CVE-2025-8671); Netty limits those that it resets. */
    PROVOKED_RESETS(Defaults.MAX_PROVOKED_RESETS),
    PINGS(Defaults.MAX_PINGS),
    SETTINGS(Defaults.MAX_SETTINGS),
    PRIORITIES(Defaults.MAX_PRIORITIES),
    /** WINDOW_UPDATE of a few bytes. */
    TINY_WINDOW_UPDATES(Defaults.MAX_TINY_WINDOW_UPDATES),
    UNKNOWN_FRAMES(Defaults.MAX_UNKNOWN_FRAMES);

    private final int limit;

    Flood(int limit) {
        this.limit = limit;
    }

    int limit() {
        return limit;
    }
}
