package dev.sluice.cluster;

import dev.sluice.config.ClusterSettings;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keys that only who knows the cluster's secret can make. The secret is stretched, so that guessing it from what a
 * stranger may see costs; each use has a key of its own.
 */
final class ClusterKeys {

    /** OWASP's recommendation for PBKDF2-HMAC-SHA256; a third of a second, once per start and off the event loops. */
    private static final int ITERATIONS = 600_000;

    private static final int KEY_BITS = 256;
    private static final String HMAC = "HmacSHA256";

    private final byte[] root;

    private ClusterKeys(byte[] root) {
        this.root = root;
    }

    /** Takes a third of a second. */
    static ClusterKeys of(ClusterSettings settings) {
        byte[] salt = ("sluice cluster " + settings.name()).getBytes(StandardCharsets.UTF_8);
        PBEKeySpec spec = new PBEKeySpec(settings.secret().value().toCharArray(), salt, ITERATIONS, KEY_BITS);
        try {
            return new ClusterKeys(SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(spec)
                    .getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has PBKDF2", e);
        } finally {
            spec.clearPassword();
        }
    }

    /** 32 bytes for one use. */
    byte[] key(String use) {
        return hmac(root, use.getBytes(StandardCharsets.UTF_8));
    }

    /** HMAC-SHA256 (RFC 2104) over all parts, one after the other. */
    static byte[] hmac(byte[] key, byte[]... parts) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key, HMAC));
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has " + HMAC, e);
        }
    }
}
