package dev.sluice.proxy;

import dev.sluice.failure.Failure;
import dev.sluice.route.RequestHead;
import dev.sluice.wire.FieldTokens;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A request's head, taken apart once and checked: nothing of it may be able to break an upstream connection, or mean one
 * thing here and another there ({@code correctness.md} E4, E5). What is wrong is said, not thrown.
 */
final class IncomingRequest implements RequestHead {

    private final HttpServerRequest request;
    private final String method;
    private String authority = "";
    private String host = "";
    private String path = "";
    private @Nullable String query;
    private @Nullable Failure failure;
    private String problem = "";

    private IncomingRequest(HttpServerRequest request) {
        this.request = request;
        this.method = request.method().name();
    }

    /** Takes apart and checks; ask {@link #failure()} before anything else. */
    static IncomingRequest parse(HttpServerRequest request) {
        IncomingRequest parsed = new IncomingRequest(request);
        parsed.check();
        return parsed;
    }

    /** What is wrong with it; null when nothing is. */
    @Nullable
    Failure failure() {
        return failure;
    }

    /** One sentence on {@link #failure()}. */
    String problem() {
        return problem;
    }

    @Override
    public String method() {
        return method;
    }

    /** Host and port as the client gave them; empty for an HTTP/1.0 request without. */
    String authority() {
        return authority;
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public @Nullable String query() {
        return query;
    }

    @Override
    public @Nullable String header(String name) {
        MultiMap headers = request.headers();
        String first = headers.get(name);
        if (first == null) {
            return null;
        }
        List<String> all = headers.getAll(name);
        return all.size() == 1 ? first : String.join(",", all);
    }

    private void check() {
        HttpVersion version = request.version();
        if (version == null) {
            reject(Failure.VERSION_NOT_SUPPORTED, "Only HTTP/1.0, 1.1, 2 and 3 are spoken here");
            return;
        }
        if (method.equals("TRACE")) {
            reject(Failure.METHOD_NOT_ALLOWED, "TRACE is not served");
            return;
        }
        // Netty has looked at the fields of HTTP/1 and 2, but for an empty name; at those of HTTP/3 it has not.
        if (version == HttpVersion.HTTP_3
                ? !validFields(request.headers())
                : request.headers().contains("")) {
            reject(Failure.BAD_REQUEST, "A header field is malformed");
            return;
        }
        if (method.equals("CONNECT")) {
            connect(version);
            return;
        }
        String target = request.uri();
        if (target == null || !visibleAscii(target)) {
            reject(Failure.BAD_REQUEST, "The request target has a character that must be percent-encoded");
            return;
        }
        boolean http1 = version == HttpVersion.HTTP_1_1 || version == HttpVersion.HTTP_1_0;
        String fromTarget = null;
        if (http1 && !target.startsWith("/") && !target.equals("*")) {
            int authorityStart = absoluteFormAuthority(target);
            if (authorityStart < 0) {
                reject(Failure.BAD_REQUEST, "The request target must begin with / or be an http URL");
                return;
            }
            int authorityEnd = endOfAuthority(target, authorityStart);
            fromTarget = target.substring(authorityStart, authorityEnd);
            if (fromTarget.isEmpty()) {
                reject(Failure.BAD_REQUEST, "The request target names no host");
                return;
            }
            target = authorityEnd == target.length() || target.charAt(authorityEnd) == '?'
                    ? "/" + target.substring(authorityEnd)
                    : target.substring(authorityEnd);
        }
        String named = http1 ? http1Authority(version, fromTarget) : multiplexedAuthority();
        if (failure == null && named != null && takeAuthority(named)) {
            takeTarget(target);
        }
    }

    /** RFC 9110 section 9.3.6: host and port, and no path; routes see {@code /}. */
    private void connect(HttpVersion version) {
        String target = request.uri();
        HostAndPort given = request.authority();
        String named = version == HttpVersion.HTTP_1_1
                ? http1Authority(version, target)
                : given == null ? "" : given.toString();
        if (failure != null || named == null) {
            return;
        }
        int end = named.isEmpty() ? -1 : hostEnd(named);
        if (version == HttpVersion.HTTP_1_0 || version == HttpVersion.HTTP_3) {
            reject(Failure.METHOD_NOT_ALLOWED, "CONNECT is served on HTTP/1.1 and HTTP/2 alone");
        } else if (end < 0 || end == named.length()) {
            reject(Failure.METHOD_NOT_ALLOWED, "The target of CONNECT must be a host and a port");
        } else if (takeAuthority(named)) {
            path = "/";
        }
    }

    /** Exactly one Host from HTTP/1.1 on (RFC 9112 section 3.2); an absolute-form target overrides it. */
    private @Nullable String http1Authority(HttpVersion version, @Nullable String fromTarget) {
        List<String> hosts = request.headers().getAll("host");
        if (hosts.size() > 1 || (hosts.isEmpty() && version == HttpVersion.HTTP_1_1)) {
            reject(
                    Failure.BAD_REQUEST,
                    hosts.isEmpty() ? "The Host header is missing" : "There are several Host headers");
            return null;
        }
        String fromHeader = hosts.isEmpty() ? "" : hosts.get(0).trim();
        if (!fromHeader.isEmpty() && hostEnd(fromHeader) < 0) {
            reject(Failure.BAD_REQUEST, "The Host header is malformed");
            return null;
        }
        return fromTarget == null ? fromHeader : fromTarget;
    }

    /** RFC 9113 section 8.3.1: {@code :authority}, or Host in its place. */
    private @Nullable String multiplexedAuthority() {
        String expected = request.isSSL() ? "https" : "http";
        if (!expected.equalsIgnoreCase(request.scheme())) {
            reject(Failure.BAD_REQUEST, "The scheme is not the connection's own");
            return null;
        }
        HostAndPort given = request.authority();
        if (given == null) {
            reject(Failure.BAD_REQUEST, "The request names no authority");
            return null;
        }
        return given.toString();
    }

    private boolean takeAuthority(String named) {
        if (named.isEmpty()) {
            return true; // HTTP/1.0, or an empty Host: only routes without hostnames can match
        }
        int end = hostEnd(named);
        if (end < 0) {
            reject(Failure.BAD_REQUEST, "The authority is malformed");
            return false;
        }
        authority = named;
        String bare = named.charAt(0) == '[' ? named.substring(1, end - 1) : named.substring(0, end);
        host = lowerCase(bare);
        return true;
    }

    private void takeTarget(String target) {
        if (target.equals("*")) {
            if (!method.equals("OPTIONS")) {
                reject(Failure.BAD_REQUEST, "The request target * is for OPTIONS alone");
            }
            path = "*";
            return;
        }
        if (target.isEmpty() || target.charAt(0) != '/') {
            reject(Failure.BAD_REQUEST, "The request target must begin with /");
            return;
        }
        int mark = target.indexOf('?');
        path = mark < 0 ? target : target.substring(0, mark);
        query = mark < 0 ? null : target.substring(mark + 1);
    }

    /** RFC 9114 section 4.2, RFC 9110 section 5.5: names are lower-case tokens, values have no control characters. */
    private static boolean validFields(MultiMap headers) {
        boolean[] valid = {true};
        headers.forEach((name, value) -> valid[0] &= name.startsWith(":") || (validName(name) && validValue(value)));
        return valid[0];
    }

    private static boolean validName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!FieldTokens.isTokenCharacter(c) || (c >= 'A' && c <= 'Z')) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    private static boolean validValue(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f) {
                return false;
            }
        }
        return true;
    }

    private void reject(Failure why, String sentence) {
        failure = why;
        problem = sentence;
    }

    /** Where the authority of {@code http://authority/path} begins; -1 when it is no such URL. */
    private static int absoluteFormAuthority(String target) {
        if (target.regionMatches(true, 0, "http://", 0, 7)) {
            return 7;
        }
        return target.regionMatches(true, 0, "https://", 0, 8) ? 8 : -1;
    }

    private static int endOfAuthority(String target, int start) {
        for (int i = start; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c == '/' || c == '?') {
                return i;
            }
        }
        return target.length();
    }

    /** Whether a target has no character that could end or split a request line. */
    static boolean visibleAscii(String target) {
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '#' || c == '\\') {
                return false;
            }
        }
        return !target.isEmpty();
    }

    /**
     * Checks {@code host[:port]} by RFC 3986 section 3.2.2, without userinfo.
     *
     * @return the index behind the host; -1 when it is malformed
     */
    static int hostEnd(String authority) {
        int length = authority.length();
        int end;
        if (length > 0 && authority.charAt(0) == '[') {
            end = authority.indexOf(']') + 1;
            if (end < 4) {
                return -1;
            }
            for (int i = 1; i < end - 1; i++) {
                char c = authority.charAt(i);
                if (Character.digit(c, 16) < 0 && c != ':' && c != '.') {
                    return -1;
                }
            }
        } else {
            end = 0;
            while (end < length && isRegName(authority.charAt(end))) {
                end++;
            }
            if (end == 0) {
                return -1;
            }
        }
        if (end == length) {
            return end;
        }
        if (authority.charAt(end) != ':' || length - end > 6) {
            return -1;
        }
        int port = 0;
        for (int i = end + 1; i < length; i++) {
            char c = authority.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            port = port * 10 + c - '0';
        }
        return port > 0xffff ? -1 : end;
    }

    private static boolean isRegName(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "-._~%!$&'()*+,;=".indexOf(c) >= 0;
    }

    private static String lowerCase(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                return name.toLowerCase(Locale.ROOT);
            }
        }
        return name;
    }
}
