package dev.sluice.config.load;

import dev.sluice.config.ClientTerms;

/** Numbers that may be sizes with a binary suffix, {@code Ki}, {@code Mi} or {@code Gi}, or have no limit. */
final class Sizes {

    static final String UNLIMITED = "unlimited";

    private Sizes() {}

    /** Parses a text that the schema let through and that has a suffix. */
    static long parse(String text) {
        int digits = text.length() - 2;
        int shift =
                switch (text.charAt(digits)) {
                    case 'K' -> 10;
                    case 'M' -> 20;
                    default -> 30;
                };
        return Long.parseLong(text.substring(0, digits)) << shift;
    }

    /** The value of a field, {@link ClientTerms#UNLIMITED} included. */
    static long decode(Field field, long otherwise) {
        String text = field.text();
        if (text == null) {
            return field.number(otherwise);
        }
        return text.equals(UNLIMITED) ? ClientTerms.UNLIMITED : parse(text);
    }

    /** As a number or {@link #UNLIMITED}; as small a number as JSON has, since a schema's default is compared with it. */
    static Object encode(long value) {
        if (value == ClientTerms.UNLIMITED) {
            return UNLIMITED;
        }
        return value == (int) value ? (Object) (int) value : (Object) value;
    }
}
