package dev.sluice.bus;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/** Hands messages over by reference; refuses to let one leave the node. */
final class LocalCodec implements MessageCodec<Message, Message> {

    static final String NAME = "sluice-local";

    @Override
    public void encodeToWire(Buffer buffer, Message message) {
        throw new IllegalStateException(
                "local-only message left the node: " + message.getClass().getSimpleName());
    }

    @Override
    public Message decodeFromWire(int position, Buffer buffer) {
        throw new IllegalStateException("local-only message came from another node");
    }

    @Override
    public Message transform(Message message) {
        return message;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public byte systemCodecID() {
        return -1;
    }
}
