package dev.sluice.proxy;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;

/** Puts prepared header fields on an upstream stream. */
final class ExchangeHeaders {

    private ExchangeHeaders() {}

    /** Copies the fields, and names the authority in the way of the stream's protocol. */
    static void prepare(HttpClientRequest stream, MultiMap headers, String authority) {
        MultiMap target = stream.headers();
        headers.forEach((name, value) -> {
            var unused = target.add(name, value);
        });
        name(stream, authority);
    }

    /** Exactly one Host or {@code :authority} (RFC 9113 section 8.3.1). */
    static void name(HttpClientRequest stream, String authority) {
        HttpVersion version = stream.version();
        if (version == HttpVersion.HTTP_2 || version == HttpVersion.HTTP_3) {
            if (!authority.isEmpty()) {
                var unused = stream.authority(HostAndPort.parseAuthority(authority, -1));
            }
        } else if (!authority.isEmpty()) {
            var unused = stream.headers().set("host", authority);
        }
    }
}
