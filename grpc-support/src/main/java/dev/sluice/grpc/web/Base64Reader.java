package dev.sluice.grpc.web;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads base64 (RFC 4648 section 4) that comes in chunks and may be padded in its middle, wherever its writer flushed
 * ({@code PROTOCOL-WEB.md}, Text-encoded streams). Nothing but the alphabet and padding is taken.
 */
final class Base64Reader {

    private static final byte[] VALUES = values();

    private static byte[] values() {
        byte[] values = new byte[256];
        Arrays.fill(values, (byte) -1);
        byte[] alphabet =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < alphabet.length; i++) {
            values[alphabet[i]] = (byte) i;
        }
        return values;
    }

    /** The group of four characters that is under way: how many have come, padding among them, and what they say. */
    private int characters;

    private int padding;
    private int bits;

    /** Gives what the chunk completes, possibly nothing; null when it is not base64, and the reader is of no use then. */
    @Nullable
    Buffer read(Buffer chunk) {
        byte[] text = chunk.getBytes();
        byte[] out = new byte[(characters + text.length) / 4 * 3];
        int length = 0;
        for (byte character : text) {
            if (!take(character)) {
                return null;
            }
            if (characters == 4) {
                for (int i = 0; i < 3 - padding; i++) {
                    out[length] = (byte) (bits >> (16 - 8 * i));
                    length++;
                }
                characters = 0;
                padding = 0;
                bits = 0;
            }
        }
        return Buffer.buffer(length).appendBytes(out, 0, length);
    }

    private boolean take(byte character) {
        if (character == '=') {
            if (characters < 2) {
                return false;
            }
            padding++;
            bits <<= 6;
        } else {
            byte value = VALUES[character & 0xff];
            if (value < 0 || padding > 0) {
                return false;
            }
            bits = (bits << 6) | value;
        }
        characters++;
        return true;
    }

    /** Whether the text may end here. */
    boolean isComplete() {
        return characters == 0;
    }
}
