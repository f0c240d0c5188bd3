package dev.sluice.grpc.service;

import com.google.protobuf.MessageLite;
import dev.sluice.grpc.GrpcReply;
import dev.sluice.grpc.GrpcStatus;
import dev.sluice.grpc.MessageMeter;
import dev.sluice.spi.LocalService;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;

/** The answering side of one call. What is done once it is over has no effect. */
public final class ServiceCall {

    private static final String CONTENT_TYPE = "application/grpc";

    private final LocalService.Exchange exchange;
    private boolean begun;
    private boolean over;

    ServiceCall(LocalService.Exchange exchange) {
        this.exchange = exchange;
    }

    /** What the call may see of the gateway. */
    public LocalService.Exchange exchange() {
        return exchange;
    }

    /** Whether the status has been sent, or nobody waits for it any more. */
    public boolean isOver() {
        return over;
    }

    /** Whether the client takes no answers for now; {@link ServiceMethod.Requests#drained} tells when it does. */
    public boolean isFull() {
        return exchange.full();
    }

    /** Sends a message. */
    public void send(MessageLite message) {
        if (over) {
            return;
        }
        if (!begun) {
            begun = true;
            exchange.head(200, head());
        }
        exchange.write(framed(message));
    }

    /** A message behind its prefix. */
    static Buffer framed(MessageLite message) {
        byte[] bytes = message.toByteArray();
        return Buffer.buffer(MessageMeter.PREFIX_BYTES + bytes.length)
                .appendByte((byte) 0)
                .appendInt(bytes.length)
                .appendBytes(bytes);
    }

    /** Ends with OK. */
    public void end() {
        end(GrpcStatus.OK, "");
    }

    /**
     * Ends; when nothing was sent, with trailers alone.
     *
     * @param message for a person; empty for none
     */
    public void end(GrpcStatus status, String message) {
        if (over) {
            return;
        }
        over = true;
        MultiMap trailers = begun ? MultiMap.caseInsensitiveMultiMap() : head();
        trailers.set("grpc-status", status.text());
        if (!message.isEmpty()) {
            trailers.set("grpc-message", GrpcReply.percentEncoded(message));
        }
        exchange.end(trailers);
    }

    /** Nobody waits for the answer any more. */
    void abandoned() {
        over = true;
    }

    private static MultiMap head() {
        return MultiMap.caseInsensitiveMultiMap()
                .set("content-type", CONTENT_TYPE)
                .set("grpc-accept-encoding", "identity");
    }
}
