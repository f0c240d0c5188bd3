package dev.sluice.spi;

import java.util.List;

/**
 * Everything a distribution adds to the gateway, wired explicitly.
 *
 * @param replyFormats tried before the built-in JSON and plain text
 * @param endpointSources tried before the built-in literals and DNS
 */
public record Extensions(List<ReplyFormat> replyFormats, List<EndpointSource.Factory> endpointSources) {

    /** No extensions. */
    public static final Extensions NONE = new Extensions(List.of());

    public Extensions {
        replyFormats = List.copyOf(replyFormats);
        endpointSources = List.copyOf(endpointSources);
    }

    /** Of reply formats alone. */
    public Extensions(List<ReplyFormat> replyFormats) {
        this(replyFormats, List.of());
    }
}
