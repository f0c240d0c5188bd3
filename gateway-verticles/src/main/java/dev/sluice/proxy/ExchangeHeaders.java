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

    /** Exactly one Host or {@code :authority} (RFC 9113 section 8.3.1); marks TE as of this hop (RFC 9110 section 10.1.4). */
    static void name(HttpClientRequest stream, String authority) {
        HttpVersion version = stream.version();
        boolean multiplexed = version == HttpVersion.HTTP_2 || version == HttpVersion.HTTP_3;
        MultiMap headers = stream.headers();
        if (!multiplexed && headers.contains("te")) {
            headers.set("connection", "TE");
        }
        if (authority.isEmpty()) {
            return;
        }
        if (multiplexed) {
            // With its port, if any, as it is: Vert.x would refuse or rewrite some that IncomingRequest accepts.
            var unused = stream.authority(HostAndPort.create(authority, -1));
        } else {
            headers.set("host", authority);
        }
    }
}
