package dev.sluice.testkit;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1 response exactly as it came.
 *
 * @param statusLine without line end
 * @param headers as sent, in order
 * @param body decoded from its framing
 * @param trailers of a chunked body
 * @param complete whether the body ended as its framing promised; for a body until close, that a FIN ended it
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record RawResponse(
        String statusLine,
        List<Map.Entry<String, String>> headers,
        byte[] body,
        List<Map.Entry<String, String>> trailers,
        boolean complete) {

    /** The status code. */
    public int status() {
        return Integer.parseInt(statusLine.substring(9, 12));
    }

    /** The header's value, several lines joined with {@code ", "}; null when absent. */
    public @Nullable String header(String name) {
        return value(headers, name);
    }

    /** The trailer's value, several lines joined with {@code ", "}; null when absent. */
    public @Nullable String trailer(String name) {
        return value(trailers, name);
    }

    /** The body as UTF-8. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    static @Nullable String value(List<Map.Entry<String, String>> fields, String name) {
        List<String> values = fields.stream()
                .filter(field -> field.getKey().equalsIgnoreCase(name))
                .map(Map.Entry::getValue)
                .toList();
        return values.isEmpty() ? null : String.join(", ", values);
    }
}
