package dev.sluice.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
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

    /** Reads frames to the end of the response, however it ends; interim heads are skipped. */
    static H2Response read(Supplier<H2Frame> frames) {
        H2Frame first = frames.get();
        while (first instanceof H2Frame.Headers interim && interim.status() < 200) {
            first = frames.get();
        }
        if (!(first instanceof H2Frame.Headers head)) {
            return new H2Response(List.of(), new byte[0], List.of(), first);
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        H2Frame last = head;
        List<Map.Entry<String, String>> trailers = List.of();
        boolean ended = head.endStream();
        while (!ended) {
            last = frames.get();
            if (last instanceof H2Frame.Data data) {
                body.writeBytes(data.bytes());
                ended = data.endStream();
            } else if (last instanceof H2Frame.Headers fields) {
                trailers = fields.fields();
                ended = fields.endStream();
            } else {
                ended = true;
            }
        }
        return new H2Response(head.fields(), body.toByteArray(), trailers, last);
    }

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
