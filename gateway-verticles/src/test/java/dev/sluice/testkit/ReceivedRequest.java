package dev.sluice.testkit;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.StreamResetException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What an {@link UpstreamServer} saw of one request. Written by its event loop, read by the test. */
public final class ReceivedRequest {

    private final int order;
    private final int connection;
    private final HttpVersion version;
    private final String method;
    private final String target;
    private final String authority;
    private final List<Map.Entry<String, String>> headers;
    private final MessageDigest digest = sha256();
    private final CompletableFuture<String> bodySha256 = new CompletableFuture<>();
    private final CompletableFuture<Throwable> broken = new CompletableFuture<>();
    private volatile long bodyLength;

    ReceivedRequest(int order, int connection, HttpServerRequest request) {
        this.order = order;
        this.connection = connection;
        version = request.version();
        method = request.method().name();
        target = request.uri();
        authority = request.authority() == null ? "" : request.authority().toString();
        headers = List.copyOf(request.headers().entries());
    }

    /** Its place among all requests of this server, from 1. */
    public int order() {
        return order;
    }

    /** The number of its connection, from 1. */
    public int connection() {
        return connection;
    }

    public HttpVersion version() {
        return version;
    }

    public String method() {
        return method;
    }

    /** The request target as received. */
    public String target() {
        return target;
    }

    /** {@code Host} or {@code :authority}; empty when there was none. */
    public String authority() {
        return authority;
    }

    /** As received, in order. */
    public List<Map.Entry<String, String>> headers() {
        return headers;
    }

    /** The header's value, several lines joined with {@code ", "}; null when absent. */
    public @Nullable String header(String name) {
        return RawResponse.value(headers, name);
    }

    /** Body bytes so far. */
    public long bodyLength() {
        return bodyLength;
    }

    /** Waits for the body's end; its SHA-256 in lower-case hex. */
    public String awaitBodySha256() {
        return Eventually.get(bodySha256);
    }

    /** Whether the whole request has come. */
    public boolean isComplete() {
        return bodySha256.isDone();
    }

    /** Waits until the client resets the stream; its code. */
    public long awaitReset() {
        Throwable cause = Eventually.get(broken);
        if (cause instanceof StreamResetException reset) {
            return reset.getCode();
        }
        throw new AssertionError("broken off otherwise than by a reset", cause);
    }

    /** Waits until the exchange is broken off by a reset or by the connection's end. */
    public Throwable awaitBroken() {
        return Eventually.get(broken);
    }

    /** Whether the exchange was broken off. */
    public boolean isBroken() {
        return broken.isDone();
    }

    void chunk(Buffer chunk) {
        digest.update(chunk.getBytes());
        addBytes(chunk.length());
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // a single writer
    private void addBytes(int length) {
        bodyLength += length;
    }

    void end() {
        bodySha256.complete(HexFormat.of().formatHex(digest.digest()));
    }

    void broken(Throwable cause) {
        broken.complete(cause);
    }

    /** SHA-256 in lower-case hex, to compare with {@link #awaitBodySha256}. */
    public static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
