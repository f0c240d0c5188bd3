package dev.sluice.proxy;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.ClientTerms.Underscores;
import dev.sluice.failure.Failure;
import dev.sluice.route.RequestHead;
import dev.sluice.wire.Authority;
import dev.sluice.wire.FieldTokens;
import dev.sluice.wire.HeadLimits;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A request's head, taken apart once and checked: nothing of it may be able to break an upstream connection, or mean one
 * thing here and another there ({@code correctness.md} E4, E5). What is wrong is said, not thrown.
 */
final class IncomingRequest implements RequestHead {

    private final HttpServerRequest request;
    private final ClientTerms.Head terms;
    private final String method;
    private String authority = "";
    private String host = "";
    private String path = "";
    private @Nullable String query;
    private @Nullable Failure failure;
    private String problem = "";
    private boolean forServer;

    private IncomingRequest(HttpServerRequest request, ClientTerms.Head terms) {
        this.request = request;
        this.terms = terms;
        this.method = request.method().name();
    }

    /** Takes apart and checks; ask {@link #failure()} before anything else. */
    static IncomingRequest parse(HttpServerRequest request, ClientTerms.Head terms) {
        IncomingRequest parsed = new IncomingRequest(request, terms);
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

    /**
     * Whether it asks for this server's own options: {@code OPTIONS *}, or one that may be forwarded no further (RFC 9110
     * sections 7.6.2 and 9.3.7).
     */
    boolean forServer() {
        return forServer;
    }

    /** The same request for another path. */
    RequestHead at(String otherPath) {
        IncomingRequest self = this;
        return new RequestHead() {
            @Override
            public String method() {
                return "POST";
            }

            @Override
            public String host() {
                return self.host;
            }

            @Override
            public String path() {
                return otherPath;
            }

            @Override
            public @Nullable String query() {
                return null;
            }

            @Override
            public @Nullable String header(String name) {
                return self.header(name);
            }
        };
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
        Failure tooLarge = HeadLimits.exceeded(request);
        if (tooLarge != null) {
            reject(tooLarge, tooLarge.text());
            return;
        }
        if (method.equals("CONNECT")) {
            connect(version);
            return;
        }
        if (terms.underscores() != Underscores.ALLOW && !underscores()) {
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
            if (failure == null && method.equals("OPTIONS")) {
                forServer = path.equals("*") || lastHop();
            }
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
        int end = named.isEmpty() ? -1 : Authority.hostEnd(named);
        if (version == HttpVersion.HTTP_1_0 || version == HttpVersion.HTTP_3) {
            reject(Failure.METHOD_NOT_ALLOWED, "CONNECT is served on HTTP/1.1 and HTTP/2 alone");
        } else if (end < 0 || end == named.length()) {
            reject(Failure.METHOD_NOT_ALLOWED, "The target of CONNECT must be a host and a port");
        } else if (takeAuthority(named)) {
            path = "/";
        }
    }

    /** Leaves out fields with an underscore in their names; returns whether the request may go on. */
    private boolean underscores() {
        List<String> named = new ArrayList<>(0);
        for (String name : request.headers().names()) {
            if (name.indexOf('_') >= 0) {
                named.add(name);
            }
        }
        if (terms.underscores() == Underscores.REJECT && !named.isEmpty()) {
            reject(Failure.BAD_REQUEST, "A header field's name has an underscore");
            return false;
        }
        named.forEach(request.headers()::remove);
        return true;
    }

    /** Counts this hop in {@code Max-Forwards}; returns whether it is the last. What is no number is ignored. */
    private boolean lastHop() {
        String declared = request.headers().get("max-forwards");
        long hops = declared == null ? -1 : FieldTokens.number(declared, 9);
        if (hops > 0) {
            var unused = request.headers().set("max-forwards", Long.toString(hops - 1));
        }
        return hops == 0;
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
        if (!fromHeader.isEmpty() && Authority.hostEnd(fromHeader) < 0) {
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
        int end = Authority.hostEnd(named);
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
        String form = PathForm.of(mark < 0 ? target : target.substring(0, mark), terms.path());
        if (form == null) {
            reject(
                    Failure.BAD_REQUEST,
                    "The path has dot segments, slashes or percent-encodings that are refused here");
            return;
        }
        path = form;
        query = mark < 0 ? null : target.substring(mark + 1);
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
