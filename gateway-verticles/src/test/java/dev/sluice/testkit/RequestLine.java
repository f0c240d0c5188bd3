package dev.sluice.testkit;

import dev.sluice.route.RequestHead;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request of a test: over a socket, or as what matching sees of it.
 *
 * @param authority host, with port where it has one; no IPv6 literal
 * @param target path and query
 * @param headers names as the client writes them
 */
public record RequestLine(String method, String authority, String target, Map<String, String> headers)
        implements RequestHead {

    public RequestLine {
        Map<String, String> lowerCase = new HashMap<>();
        headers.forEach((name, value) -> lowerCase.put(name.toLowerCase(Locale.ROOT), value));
        headers = Map.copyOf(lowerCase);
    }

    /** A GET without headers. */
    public static RequestLine get(String authority, String target) {
        return new RequestLine("GET", authority, target, Map.of());
    }

    @Override
    public String host() {
        int colon = authority.indexOf(':');
        return colon < 0 ? authority : authority.substring(0, colon);
    }

    @Override
    public String path() {
        int question = target.indexOf('?');
        return question < 0 ? target : target.substring(0, question);
    }

    @Override
    public @Nullable String query() {
        int question = target.indexOf('?');
        return question < 0 ? null : target.substring(question + 1);
    }

    @Override
    public @Nullable String header(String name) {
        return headers.get(name);
    }
}
