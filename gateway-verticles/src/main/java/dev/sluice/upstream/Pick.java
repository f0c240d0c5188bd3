package dev.sluice.upstream;

import dev.sluice.balance.Tried;
import org.jspecify.annotations.Nullable;

/** What a balancer may ask of the request that it chooses an endpoint for. */
public interface Pick extends Tried<UpstreamEndpoint> {

    /** Of a request that nothing is known of, and that has been nowhere: a mirror's copy. */
    Pick ANY = new Pick() {
        @Override
        public @Nullable String header(String name) {
            return null;
        }

        @Override
        public @Nullable String cookie(String name) {
            return null;
        }

        @Override
        public String clientIp() {
            return "";
        }

        @Override
        public boolean tried(UpstreamEndpoint endpoint) {
            return false;
        }
    };

    /** A header's first value; null when it has none. */
    @Nullable
    String header(String name);

    /** A cookie's value; null when it has none. */
    @Nullable
    String cookie(String name);

    /** The client's address behind trusted proxies, as a literal. */
    String clientIp();

    @Override
    boolean tried(UpstreamEndpoint endpoint);
}
