package dev.sluice.proxy;

import dev.sluice.filter.GrpcContent;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.FieldTokens;
import io.vertx.core.MultiMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which header fields pass, in both directions (RFC 9110 section 7.6, RFC 9113 section 8.2.2; {@code correctness.md} E6).
 * Each copies once, into the map that goes to the wire.
 */
final class HeaderRules {

    private HeaderRules() {}

    /**
     * Copies a request's end-to-end fields. Not the ones that the exchange sets itself: Host, forwarding fields, Via.
     *
     * @param keepForwarded whether {@code Forwarded} and {@code X-Forwarded-*} come from a trusted proxy
     */
    static void copyRequest(MultiMap from, MultiMap to, boolean keepForwarded) {
        List<String> nominated = nominated(from);
        from.forEach((name, value) -> {
            if (!dropsFromRequest(name, keepForwarded) && !isNominated(nominated, name)) {
                to.add(name, value);
            }
        });
        if (hasToken(from, "te", "trailers") || GrpcContent.isGrpc(from.get("content-type"))) {
            to.set("te", "trailers");
        }
    }

    /**
     * Copies a response's end-to-end fields.
     *
     * @param keepTrailer whether the client can be sent trailers, so that {@code Trailer} tells the truth
     */
    static void copyResponse(FieldLines from, MultiMap to, boolean keepTrailer) {
        List<String> nominated = null;
        for (int i = 0; i < from.size(); i++) {
            if (is(from.name(i), "connection")) {
                nominated = nominate(from.value(i), nominated);
            }
        }
        for (int i = 0; i < from.size(); i++) {
            String name = from.name(i);
            if (!dropsFromResponse(name, keepTrailer) && !isNominated(nominated, name)) {
                to.add(name, from.value(i));
            }
        }
    }

    /** Copies what may be a trailer field (RFC 9110 section 6.5.1); says how many fields were refused. */
    static int copyTrailers(FieldLines from, MultiMap to) {
        int refused = 0;
        for (int i = 0; i < from.size(); i++) {
            if (isForbiddenTrailer(from.name(i))) {
                refused++;
            } else {
                to.add(from.name(i), from.value(i));
            }
        }
        return refused;
    }

    /** Whether a comma-separated field has this token, in any case. */
    static boolean hasToken(MultiMap headers, String name, String token) {
        if (!headers.contains(name)) {
            return false;
        }
        for (String value : headers.getAll(name)) {
            if (FieldTokens.contains(value, token)) {
                return true;
            }
        }
        return false;
    }

    /** Fields that {@code Connection} names as hop-by-hop; null for none, which is nearly always. */
    private static @Nullable List<String> nominated(MultiMap headers) {
        if (!headers.contains("connection")) {
            return null;
        }
        List<String> names = null;
        for (String value : headers.getAll("connection")) {
            names = nominate(value, names);
        }
        return names;
    }

    private static @Nullable List<String> nominate(String connection, @Nullable List<String> before) {
        if (is(connection, "close") || is(connection, "keep-alive")) {
            return before;
        }
        List<String> names = before;
        for (String token : connection.split(",", -1)) {
            String name = token.trim().toLowerCase(Locale.ROOT);
            if (!name.isEmpty() && !name.equals("close") && !name.equals("keep-alive") && !isProtected(name)) {
                names = names == null ? new ArrayList<>() : names;
                names.add(name);
            }
        }
        return names;
    }

    private static boolean isNominated(@Nullable List<String> nominated, String name) {
        return nominated != null && nominated.contains(name.toLowerCase(Locale.ROOT));
    }

    /** End-to-end fields that a {@code Connection} option must not be able to remove from what an upstream relies on. */
    private static boolean isProtected(String name) {
        return switch (name) {
            case "host",
                    "authorization",
                    "cookie",
                    "content-length",
                    "content-type",
                    "forwarded",
                    "via",
                    "x-request-id" -> true;
            default -> name.startsWith("x-forwarded-");
        };
    }

    // Both switches look at the length first: most fields are let through without comparing a character.
    private static boolean dropsFromRequest(String name, boolean keepForwarded) {
        if (!keepForwarded && isForwarding(name)) {
            return true;
        }
        return switch (name.length()) {
            case 2 -> is(name, "te");
            case 4 -> is(name, "host");
            case 6 -> is(name, "expect");
            case 7 -> is(name, "upgrade");
            case 9 -> is(name, "forwarded") && !keepForwarded;
            case 10 -> is(name, "connection") || is(name, "keep-alive");
            case 14 -> is(name, "http2-settings");
            case 15 -> is(name, "x-forwarded-for");
            case 16 -> is(name, "proxy-connection") || is(name, "x-forwarded-host") || is(name, "x-forwarded-port");
            case 17 -> is(name, "transfer-encoding") || is(name, "x-forwarded-proto");
            case 19 -> is(name, "proxy-authorization");
            default -> name.isEmpty() || name.charAt(0) == ':';
        };
    }

    private static boolean dropsFromResponse(String name, boolean keepTrailer) {
        return switch (name.length()) {
            case 2 -> is(name, "te");
            case 7 -> is(name, "upgrade") || is(name, "alt-svc") || (is(name, "trailer") && !keepTrailer);
            case 10 -> is(name, "connection") || is(name, "keep-alive");
            case 14 -> is(name, "http2-settings");
            case 16 -> is(name, "proxy-connection");
            case 17 -> is(name, "transfer-encoding");
            case 18 -> is(name, "proxy-authenticate");
            case 25 -> is(name, "proxy-authentication-info");
            default -> name.isEmpty() || name.charAt(0) == ':';
        };
    }

    /** Also of those that no gateway sets, such as {@code X-Forwarded-Prefix}. */
    private static boolean isForwarding(String name) {
        return name.regionMatches(true, 0, "x-forwarded-", 0, 12);
    }

    static boolean isForbiddenTrailer(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "te",
                    "host",
                    "authorization",
                    "proxy-authorization",
                    "cache-control",
                    "set-cookie",
                    "transfer-encoding",
                    "trailer",
                    "connection",
                    "upgrade",
                    "keep-alive",
                    "expect",
                    "max-forwards",
                    "range",
                    "www-authenticate",
                    "cookie",
                    "forwarded",
                    "http2-settings",
                    "proxy-authenticate",
                    "proxy-authentication-info",
                    "proxy-connection",
                    "via",
                    "x-request-id" -> true;
            default ->
                isForwarding(name)
                        || name.isEmpty()
                        || name.charAt(0) == ':'
                        || name.regionMatches(true, 0, "content-", 0, 8);
        };
    }

    private static boolean is(String name, String lowerCase) {
        return name.equalsIgnoreCase(lowerCase);
    }
}
