package dev.sluice.filter;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.SocketAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that a filter may see of an exchange and do to it. Valid only on the exchange's event loop. */
public interface FilterContext {

    // --- request: changes made in onRequest reach the upstream ---

    /** The method, upper case as sent. */
    String method();

    /** {@code http} or {@code https}, as the client connected. */
    String scheme();

    /** The client's authority: host, with the port if it gave one; what the upstream will see unless changed. */
    String authority();

    /** Sets the {@code Host}/{@code :authority} that the upstream sees. */
    void authority(String authority);

    /** The host without port, lower case, IPv6 without brackets. */
    String host();

    /** The port of the listener that took the request. */
    int listenerPort();

    /** The path, still percent-encoded, beginning with {@code /} (or {@code *} for OPTIONS). */
    String path();

    /** The query without {@code ?}, or null. */
    @Nullable
    String query();

    /** Replaces path and query for the upstream. */
    void target(String path, @Nullable String query);

    /** The path prefix that the rule matched, without trailing slash ({@code ""} for {@code /}); null if not a prefix. */
    @Nullable
    String matchedPrefix();

    /** Request headers, case-insensitive; hop-by-hop ones are dropped later whatever a filter does. */
    MultiMap requestHeaders();

    /** The client: the peer, or what a trusted proxy says it is. */
    SocketAddress clientAddress();

    // --- what the exchange is part of: valid at any time ---

    /** The client's connection. */
    ConnectionContext connection();

    /** When the exchange reached which point. */
    RequestTiming timing();

    /** A bag for what filters want to remember from the request to its response; empty at first. */
    Map<Object, Object> items();

    // --- response: valid in onResponse, onTrailers ---

    /** The response's status. */
    int status();

    /** Changes the status, 200..599. */
    void status(int status);

    /** Response headers as they will be sent. */
    MultiMap responseHeaders();

    /** Trailers of the response. */
    ResponseTrailers trailers();

    // --- acts ---

    /** How large the request's body may be. */
    BodyLimit bodyLimit();

    /**
     * Breaks the exchange off with a code, at any time: RST_STREAM on HTTP/2; on HTTP/3 RESET_STREAM with the code that
     * means the same (RFC 9114 section 8.1); on HTTP/1, which has no codes, the connection closes. The upstream's stream
     * is cancelled.
     *
     * @param http2Code RFC 9113 section 7, 0..13
     * @return {@link FilterAction#REPLIED}, so that a filter can return it
     */
    FilterAction reset(long http2Code);

    /**
     * Breaks the exchange off, at any time, so that nobody can take what was sent for a whole response. Costly for the
     * client, which loses its connection on HTTP/1: an answer is nearly always better.
     *
     * @param reason a few words for the log
     * @return {@link FilterAction#REPLIED}, so that a filter can return it
     */
    FilterAction abort(String reason);

    /**
     * Lets the response end as usual, and then takes nothing more from the client: on HTTP/1 the connection closes when
     * the client has had the time to read the response, elsewhere the rest of the request is declined.
     */
    void completeAndAbort();

    /**
     * Answers instead of an upstream, once, from {@code onRequest} or while paused.
     *
     * @param status 200..599
     * @param body null for none
     * @return {@link FilterAction#REPLIED}, so that a filter can return it
     */
    FilterAction reply(int status, @Nullable Buffer body);

    /** Goes on with the next filter after {@link FilterAction#PAUSED}; callable from any thread, once. */
    void resume();
}
