package dev.sluice.proxy;

import dev.sluice.wire.UpstreamStream;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpVersion;

/** Puts prepared header fields on an upstream stream. */
final class ExchangeHeaders {

    private ExchangeHeaders() {}

    /** Copies the fields, and names the authority in the way of the stream's protocol. */
    static void prepare(UpstreamStream stream, MultiMap headers, String authority) {
        MultiMap target = stream.headers();
        headers.forEach((name, value) -> {
            var unused = target.add(name, value);
        });
        name(stream, authority);
    }

    /** Exactly one Host or {@code :authority} (RFC 9113 section 8.3.1); marks TE as of this hop (RFC 9110 section 10.1.4). */
    static void name(UpstreamStream stream, String authority) {
        HttpVersion version = stream.version();
        boolean multiplexed = version == HttpVersion.HTTP_2 || version == HttpVersion.HTTP_3;
        MultiMap headers = stream.headers();
        if (!multiplexed && headers.contains("te")) {
            headers.set("connection", "TE");
        }
        if (!multiplexed && headers.contains("trailer")) {
            var unused = headers.remove("content-length"); // only chunks have room for trailers behind them
        }
        if (!authority.isEmpty()) {
            stream.authority(authority);
        }
    }
}
