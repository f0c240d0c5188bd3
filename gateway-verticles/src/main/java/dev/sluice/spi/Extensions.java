package dev.sluice.spi;

import java.util.List;

/**
 * Everything a distribution adds to the gateway, wired explicitly.
 *
 * @param replyFormats tried before the built-in JSON and plain text
 */
public record Extensions(List<ReplyFormat> replyFormats) {

    /** No extensions. */
    public static final Extensions NONE = new Extensions(List.of());

    public Extensions {
        replyFormats = List.copyOf(replyFormats);
    }
}
