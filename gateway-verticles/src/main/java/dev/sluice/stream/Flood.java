package dev.sluice.stream;

import dev.sluice.config.Defaults;
import java.util.Locale;

/** What a client may send too much of on one HTTP/2 or HTTP/3 connection, within {@link Defaults#FLOOD_WINDOW}. */
public enum Flood {
    /** Streams that the client reset. */
    RESETS(Defaults.MAX_RST_PER_WINDOW),
    /** Most streams of a connection reset before they could be answered (CVE-2023-44487). */
    PREMATURE_RESETS(Flood.OTHERS),
    /** Streams that had to be reset for the client's errors (CVE-2025-8671). */
    PROVOKED_RESETS(Defaults.MAX_PROVOKED_RESETS),
    PINGS(Defaults.MAX_PINGS),
    /** PING frames between which the client was sent nothing (gRFC A8). */
    IDLE_PINGS(Defaults.MAX_IDLE_PINGS),
    SETTINGS(Defaults.MAX_SETTINGS),
    PRIORITIES(Defaults.MAX_PRIORITIES),
    /** WINDOW_UPDATE of a few bytes. */
    TINY_WINDOW_UPDATES(Defaults.MAX_TINY_WINDOW_UPDATES),
    UNKNOWN_FRAMES(Defaults.MAX_UNKNOWN_FRAMES),
    /** Small CONTINUATION frames in a row (CVE-2024-27316), by Netty's limit. */
    CONTINUATIONS(Flood.OTHERS),
    /** DATA frames without data in a row (CVE-2019-9518), by Netty's limit. */
    EMPTY_DATA(Flood.OTHERS),
    /** Answers to PING, SETTINGS and bad streams that the client does not read, or RST_STREAM frames to it; Netty's limits. */
    ANSWERS(Flood.OTHERS),
    /** A connection of an address whose connections together have sent too much. */
    ADDRESS(Flood.OTHERS);

    /** Judged elsewhere. */
    static final int OTHERS = Integer.MAX_VALUE;

    private final int limit;

    Flood(int limit) {
        this.limit = limit;
    }

    /** How many there may be in a window; {@link Integer#MAX_VALUE} where something else decides. */
    public int limit() {
        return limit;
    }

    /** As metrics and logs call it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
