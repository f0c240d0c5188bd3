package dev.sluice.proxy;

import dev.sluice.upstream.Pick;
import dev.sluice.upstream.UpstreamEndpoint;
import io.vertx.core.MultiMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What balancers may ask of an exchange's request, and where it has been. Reads nothing that nobody asks for. */
final class ExchangePick implements Pick {

    private final MultiMap headers;
    private final ClientIdentity client;
    private List<UpstreamEndpoint> tried = List.of();

    /**
     * Of a request.
     *
     * @param headers as the client has sent them
     */
    ExchangePick(MultiMap headers, ClientIdentity client) {
        this.headers = headers;
        this.client = client;
    }

    /** The request was tried there, in vain. */
    void avoid(UpstreamEndpoint endpoint) {
        if (tried.isEmpty()) {
            tried = new ArrayList<>(2);
        }
        tried.add(endpoint);
    }

    @Override
    public @Nullable String header(String name) {
        return headers.get(name);
    }

    @Override
    public @Nullable String cookie(String name) {
        String first = headers.get("cookie");
        if (first == null) {
            return null;
        }
        String value = CookiePairs.find(first, name);
        if (value != null) {
            return value;
        }
        // HTTP/2 and 3 may split the field into lines (RFC 9113 section 8.2.3).
        for (String line : headers.getAll("cookie")) {
            value = CookiePairs.find(line, name);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    @Override
    public String clientIp() {
        return client.ip();
    }

    @Override
    public boolean tried(UpstreamEndpoint endpoint) {
        for (int i = 0; i < tried.size(); i++) {
            if (tried.get(i) == endpoint) {
                return true;
            }
        }
        return false;
    }
}
