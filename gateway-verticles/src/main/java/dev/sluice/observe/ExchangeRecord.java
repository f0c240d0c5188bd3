package dev.sluice.observe;

import dev.sluice.failure.Failure;
import dev.sluice.failure.ProtocolError;
import dev.sluice.filter.RequestTiming.Point;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** All there is to tell of one finished exchange. Implemented by the exchange itself, read once at its end. */
public interface ExchangeRecord {

    /** What the client spoke. */
    HttpVersion protocol();

    boolean tls();

    String method();

    /** The client's authority as received; empty if it sent none. */
    String originalAuthority();

    /** The request target as received. */
    String originalTarget();

    /** The client's address without port: the peer, or what a trusted proxy said. */
    String clientIp();

    /** The peer's port. */
    int peerPort();

    /** A request header as received, or null. */
    @Nullable
    String requestHeader(String name);

    /** {@code namespace/route[rule]}; null when no route matched. */
    @Nullable
    String route();

    /** {@code namespace/backend}; null when none was chosen. */
    @Nullable
    String backend();

    /** {@code ip:port} of the last endpoint tried; null when none was. */
    @Nullable
    String endpoint();

    /** How often it was tried at an endpoint; 0 when it never was. */
    int tries();

    /** The status that was sent, or would have been: 499 when the client went away first. */
    int status();

    /** The upstream's status; 0 when it gave none. */
    int upstreamStatus();

    /** The status of the call that it was, such as gRPC's; -1 for none. */
    int callStatus();

    /** Whether it was a call that failed by the server's fault or the gateway's, whatever {@link #status} says. */
    boolean isFailedCall();

    /** Why it failed; null when it did not. */
    @Nullable
    Failure failure();

    /** One line on the failure, for operators; null when there is nothing to add. */
    @Nullable
    String failureDetail();

    /** What an upstream sent to end its stream; null when it did not. */
    @Nullable
    ProtocolError protocolError();

    /** Request body bytes received. */
    long bytesReceived();

    /** Response body bytes sent. */
    long bytesSent();

    /** Wall-clock start, epoch milliseconds. */
    long startMillis();

    /** From the request's head to the end of the exchange, nanoseconds. */
    long durationNanos();

    /** From the request's head to the upstream's response head, nanoseconds; -1 when none came. */
    long upstreamHeadNanos();

    /** The client's connection, unique in the cluster. */
    String connectionId();

    /** Its place among the connection's requests, from 1. */
    long connectionRequest();

    /** The client's TLS version as Java names it, such as {@code TLSv1.3}; null without TLS and after its close. */
    @Nullable
    String tlsVersion();

    /** The name that the client asked for in its TLS handshake; null for none. */
    @Nullable
    String serverName();

    /** The protocol that the TLS handshake agreed on; null for none. */
    @Nullable
    String alpn();

    /** From one point to another, nanoseconds; -1 when one of them was not reached. */
    long since(Point from, Point to);
}
