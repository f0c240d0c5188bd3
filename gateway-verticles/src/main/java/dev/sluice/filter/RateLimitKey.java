package dev.sluice.filter;

import dev.sluice.config.Defaults;
import dev.sluice.config.RateLimitTerms.LimitKey;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Finds in a request whose bucket it takes from. */
final class RateLimitKey {

    private static final String BEARER = "bearer ";

    private static final HexFormat HEX = HexFormat.of();

    private final LimitKey key;

    RateLimitKey(LimitKey key) {
        this.key = key;
    }

    /** A name of bounded length; empty for all requests that have none, which so share one bucket. */
    String of(LimitedExchange exchange) {
        String name =
                switch (key.source()) {
                    case CLIENT_IP -> exchange.clientNetwork();
                    case HEADER -> exchange.requestHeaders().get(key.name());
                    case QUERY -> parameter(exchange.query(), key.name());
                    case JWT_CLAIM -> claim(exchange.requestHeaders().get("authorization"), key.name());
                    case ROUTE -> exchange.rule();
                };
        if (name == null) {
            return "";
        }
        return name.length() <= Defaults.RATE_LIMIT_KEY_CHARS ? name : hash(name);
    }

    /** The first value of a parameter, as it is written; null for none. */
    static @Nullable String parameter(@Nullable String query, String name) {
        if (query == null) {
            return null;
        }
        int begin = 0;
        while (begin <= query.length()) {
            int end = query.indexOf('&', begin);
            int stop = end < 0 ? query.length() : end;
            if (query.startsWith(name, begin)
                    && begin + name.length() < stop
                    && query.charAt(begin + name.length()) == '=') {
                return query.substring(begin + name.length() + 1, stop);
            }
            begin = stop + 1;
        }
        return null;
    }

    /** A claim of a JWT (RFC 7519) that is not verified; null for none, and for what is no JWT. */
    static @Nullable String claim(@Nullable String authorization, String name) {
        if (authorization == null || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return null;
        }
        String[] parts = authorization.substring(BEARER.length()).trim().split("\\.", -1);
        if (parts.length != 3) {
            return null;
        }
        try {
            byte[] payload = Base64.getUrlDecoder().decode(parts[1]);
            Object claim = new JsonObject(new String(payload, StandardCharsets.UTF_8)).getValue(name);
            return claim instanceof String || claim instanceof Number ? claim.toString() : null;
        } catch (IllegalArgumentException | DecodeException notJson) {
            return null;
        }
    }

    /** SHA-256 in hex: as long as the longest key that is kept as it is. */
    private static String hash(String name) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return HEX.formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
