package dev.sluice.balance;

import dev.sluice.config.Defaults;
import dev.sluice.config.UpstreamTerms.Sticky;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What sticky cookies say. A target's token is the truncated HMAC-SHA256 of its name: without the key nobody can make one
 * or tell which target it stands for, and with the key every node makes the same. So nothing is shared or stored,
 * and a token is checked by looking it up.
 */
public final class StickyTokens<T extends Target> {

    /** For backends that configure no key: of this process, so that its loops know each other's cookies. */
    private static final byte[] OWN_KEY = SecureRandom.getSeed(32);

    private final Sticky terms;
    private final Map<T, String> tokens = new HashMap<>();
    private final Map<String, T> targets = new HashMap<>();

    /**
     * Signs each target's name.
     *
     * @param scope the backend's name, so that a token of one is none of another
     * @param usable whether clients are kept at a target: tokens of others are made but not known
     */
    public StickyTokens(Sticky terms, String scope, List<T> all, Predicate<T> usable) {
        this.terms = terms;
        Mac mac = mac(terms);
        for (T target : all) {
            byte[] signature = mac.doFinal((scope + '\n' + target.name()).getBytes(StandardCharsets.UTF_8));
            String token = Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(Arrays.copyOf(signature, Defaults.STICKY_TOKEN_BYTES));
            tokens.put(target, token);
            if (usable.test(target)) {
                targets.put(token, target);
            }
        }
    }

    /** Its target; null when the cookie is missing, forged, or of a target that is gone or not usable. */
    public @Nullable T target(@Nullable String cookie) {
        return cookie == null ? null : targets.get(cookie);
    }

    /**
     * The {@code Set-Cookie} (RFC 6265 section 4.1) that binds a client to this target.
     *
     * @param cookie what the client has brought; null for nothing
     * @param secure whether it came over TLS, and shall not show the cookie elsewhere
     * @return null when it has brought the right one
     */
    public @Nullable String setCookie(T target, @Nullable String cookie, boolean secure) {
        String token = tokens.get(target);
        if (token == null || token.equals(cookie)) {
            return null;
        }
        return terms.cookie() + '=' + token + "; Path=/"
                + (terms.maxAge().isZero() ? "" : "; Max-Age=" + terms.maxAge().toSeconds())
                + (secure ? "; Secure" : "")
                + "; HttpOnly; SameSite=Lax";
    }

    private static Mac mac(Sticky terms) {
        String key = terms.key().value();
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.isEmpty() ? OWN_KEY : key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }
}
