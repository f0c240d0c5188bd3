package dev.sluice.grpc.service;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.config.Defaults;
import dev.sluice.grpc.GrpcStatus;
import dev.sluice.grpc.MessageReader;
import dev.sluice.spi.LocalService;
import io.vertx.core.buffer.Buffer;

/** The asking side of one call: from the chunks of a body to requests. */
final class ServiceStream<Q> implements LocalService.Stream {

    private final ServiceCall call;
    private final ServiceMethod.Reader<Q> messages;
    private final ServiceMethod.Requests<Q> requests;
    private final MessageReader reader = new MessageReader(Defaults.LOCAL_REQUEST_BYTES);
    private boolean closed;

    ServiceStream(ServiceCall call, ServiceMethod.Reader<Q> messages, ServiceMethod.Requests<Q> requests) {
        this.call = call;
        this.messages = messages;
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
                requests.next(messages.read(message));
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
    public void drained() {
        if (!call.isOver()) {
            requests.drained();
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
