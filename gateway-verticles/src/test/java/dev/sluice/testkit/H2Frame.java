package dev.sluice.testkit;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A frame that a {@link RawH2Stream} received. */
public sealed interface H2Frame {

    /** HEADERS with its CONTINUATIONs: a head, an interim head or trailers. */
    record Headers(List<Map.Entry<String, String>> fields, boolean endStream) implements H2Frame {
        /** The field's value, several joined with {@code ", "}; null when absent. */
        public @Nullable String get(String name) {
            return RawResponse.value(fields, name);
        }

        /** {@code :status}. */
        public int status() {
            String status = get(":status");
            if (status == null) {
                throw new AssertionError("no :status in " + fields);
            }
            return Integer.parseInt(status);
        }
    }

    /** DATA, without padding. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Data(byte[] bytes, boolean endStream) implements H2Frame {
        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** RST_STREAM. */
    record Reset(long code) implements H2Frame {}

    /** GOAWAY. */
    record GoAway(int lastStreamId, long code, String debug) implements H2Frame {}

    /** Not a frame: the connection ended, so no frame will follow. */
    record ConnectionClosed() implements H2Frame {}
}
