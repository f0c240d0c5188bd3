package dev.sluice.epoch;

import dev.sluice.config.Defaults;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A configuration that all nodes shall have. The greatest number wins wherever nodes meet, of equal ones the one whose
 * text has the greater digest; so going back is an epoch of its own too, and nobody has to know what was before.
 *
 * @param number 0 for what a node starts with, its files
 * @param text YAML documents; null for each node's own files
 * @param textDigest SHA-256 of the text, hex; empty without one
 * @param proposer the id of the node that it came from; empty for {@link #START}
 * @param since when it was proposed
 * @param watch how long it is watched once it is in use; zero for not at all
 * @param replaces the number of the epoch that was in use where it was proposed; of a rollback, the one that did harm
 * @param reason why it came to be, for people
 */
public record Epoch(
        long number,
        Origin origin,
        @Nullable String text,
        String textDigest,
        String proposer,
        Instant since,
        Duration watch,
        long replaces,
        String reason) {

    /** How an epoch comes to be. */
    public enum Origin {
        /** A node has started. */
        START,
        /** Somebody has pushed a text. */
        PUSH,
        /** Somebody has withdrawn what was pushed. */
        WITHDRAWAL,
        /** The one before did harm. */
        ROLLBACK;

        /** As it is shown. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What a node starts with. */
    public static final Epoch START =
            new Epoch(0, Origin.START, null, "", "", Instant.EPOCH, Duration.ZERO, 0, "each node's files");

    /** The digest of a text; empty for none. */
    static String digest(@Nullable String text) {
        if (text == null) {
            return "";
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java runtime has SHA-256", e);
        }
    }

    /** What takes this one back to the one before it. */
    Epoch rollback(Epoch before, String proposer, String reason) {
        return new Epoch(
                number + 1,
                Origin.ROLLBACK,
                before.text,
                before.textDigest,
                proposer,
                Instant.now(),
                Duration.ZERO,
                number,
                reason);
    }

    /** Whether it wins over this other one. */
    boolean isNewerThan(Epoch other) {
        return isNewer(number, textDigest, other);
    }

    /** Whether what is known by these would win over this other one. */
    static boolean isNewer(long number, String textDigest, Epoch other) {
        return number > other.number || (number == other.number && textDigest.compareTo(other.textDigest) > 0);
    }

    /** Whether both are the same to every node. */
    boolean isSame(@Nullable Epoch other) {
        return other != null && number == other.number && textDigest.equals(other.textDigest);
    }

    JsonObject toJson() {
        return new JsonObject()
                .put("number", number)
                .put("origin", origin.name())
                .put("text", text)
                .put("proposer", proposer)
                .put("since", since.toString())
                .put("watchMillis", watch.toMillis())
                .put("replaces", replaces)
                .put("reason", reason);
    }

    /**
     * Reads what {@link #toJson} wrote, perhaps on another node.
     *
     * @throws RuntimeException when a field is missing or not what it should be
     */
    static Epoch of(JsonObject json) {
        String text = json.getString("text");
        if (text != null && text.length() > Defaults.MAX_PUSHED_CONFIG_BYTES) {
            throw new IllegalArgumentException("a text of " + text.length() + " characters (expected: at most "
                    + Defaults.MAX_PUSHED_CONFIG_BYTES + ")");
        }
        return new Epoch(
                json.getLong("number"),
                Origin.valueOf(json.getString("origin")),
                text,
                digest(text),
                json.getString("proposer"),
                Instant.parse(json.getString("since")),
                Duration.ofMillis(json.getLong("watchMillis")),
                json.getLong("replaces"),
                json.getString("reason"));
    }
}
