package dev.sluice.testkit;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 response as its frames came.
 *
 * @param headers with {@code :status}; empty when the stream ended before a head
 * @param body all DATA
 * @param trailers empty for none
 * @param last the frame that ended it: HEADERS or DATA with END_STREAM, RST_STREAM, or the connection's end
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record H2Response(
        List<Map.Entry<String, String>> headers, byte[] body, List<Map.Entry<String, String>> trailers, H2Frame last) {

    /** {@code :status}. */
    public int status() {
        return new H2Frame.Headers(headers, false).status();
    }

    /** The header's value, several joined with {@code ", "}; null when absent. */
    public @Nullable String header(String name) {
        return RawResponse.value(headers, name);
    }

    /** The trailer's value, several joined with {@code ", "}; null when absent. */
    public @Nullable String trailer(String name) {
        return RawResponse.value(trailers, name);
    }

    /** The body as UTF-8. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** Whether it ended with END_STREAM. */
    public boolean complete() {
        return last instanceof H2Frame.Headers || last instanceof H2Frame.Data;
    }

    /** The code of the RST_STREAM that ended it; fails when something else did. */
    public long resetCode() {
        if (last instanceof H2Frame.Reset reset) {
            return reset.code();
        }
        throw new AssertionError(last + " (expected: RST_STREAM)");
    }
}
