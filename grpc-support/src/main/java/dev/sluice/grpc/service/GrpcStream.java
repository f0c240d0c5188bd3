package dev.sluice.grpc.service;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.sluice.config.Defaults;
import dev.sluice.grpc.GrpcStatus;
import dev.sluice.spi.LocalService;
import io.vertx.core.buffer.Buffer;

/** The asking side of one call: from the chunks of a body to requests. */
final class GrpcStream<Q extends MessageLite> implements LocalService.Stream {

    private final GrpcCall call;
    private final Parser<Q> parser;
    private final GrpcMethod.Requests<Q> requests;
    private final MessageReader reader = new MessageReader(Defaults.LOCAL_REQUEST_BYTES);
    private boolean closed;

    GrpcStream(GrpcCall call, Parser<Q> parser, GrpcMethod.Requests<Q> requests) {
        this.call = call;
        this.parser = parser;
        this.requests = requests;
    }

    @Override
    public void data(Buffer chunk) {
        if (call.isOver()) {
            return;
        }
        reader.add(chunk);
        try {
            byte[] message = reader.next();
            while (message != null && !call.isOver()) {
                requests.next(parser.parseFrom(message));
                message = reader.next();
            }
        } catch (MessageReader.UnreadableException e) {
            call.end(e.status(), e.text());
        } catch (InvalidProtocolBufferException e) {
            call.end(GrpcStatus.INVALID_ARGUMENT, "the request cannot be read: " + e.getMessage());
        }
        closeIfOver();
    }

    @Override
    public void end() {
        if (call.isOver()) {
            return;
        }
        if (reader.isAtBoundary()) {
            requests.ended();
        } else {
            call.end(GrpcStatus.INTERNAL, "the request ends in the middle of a message");
        }
        closeIfOver();
    }

    @Override
    public void changed() {
        if (!call.isOver()) {
            requests.changed();
            closeIfOver();
        }
    }

    @Override
    public void closed() {
        call.abandoned();
        closeIfOver();
    }

    private void closeIfOver() {
        if (call.isOver() && !closed) {
            closed = true;
            requests.closed();
        }
    }
}
