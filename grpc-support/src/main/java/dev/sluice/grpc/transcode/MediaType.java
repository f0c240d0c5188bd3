package dev.sluice.grpc.transcode;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A media type (RFC 9110 section 8.3.1), as far as JSON needs it.
 *
 * @param name lower case, without parameters; empty for none
 * @param charset lower case; null for none
 */
record MediaType(String name, @Nullable String charset) {

    /** Of one field value or one element of a list; null is as none. */
    static MediaType of(@Nullable String text) {
        String[] parts =
                text == null ? new String[] {""} : text.toLowerCase(Locale.ROOT).split(";", -1);
        String charset = null;
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip();
            if (parameter.startsWith("charset=")) {
                charset = parameter.substring("charset=".length()).replace("\"", "");
            }
        }
        return new MediaType(parts[0].strip(), charset);
    }

    /** Whether a value of {@code Accept} names this type; ranges do not. */
    static boolean isAccepted(@Nullable String accept, String name) {
        if (accept != null) {
            for (String range : accept.split(",", -1)) {
                if (of(range).name.equals(name)) {
                    return true;
                }
            }
        }
        return false;
    }

    boolean isJson() {
        return name.equals(JsonAnswer.JSON) || (name.startsWith("application/") && name.endsWith("+json"));
    }

    boolean isLines() {
        return name.equals(JsonAnswer.LINES);
    }

    boolean isUtf8() {
        return charset == null || charset.equals("utf-8") || charset.equals("utf8") || charset.equals("us-ascii");
    }
}
