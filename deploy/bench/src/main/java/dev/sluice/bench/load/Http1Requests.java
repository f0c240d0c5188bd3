package dev.sluice.bench.load;

import dev.sluice.bench.wire.Filler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The heads of a plan's requests for HTTP/1.1, built once, and their bodies. */
final class Http1Requests implements TcpConnector.Speech {

    private final List<Call> calls;
    private final Filler filler;
    private final List<ByteBuf> heads;

    Http1Requests(List<Call> calls, Filler filler) {
        this.calls = calls;
        this.filler = filler;
        this.heads = calls.stream().map(Http1Requests::head).toList();
    }

    @Override
    public TcpConnection connection(Channel channel, Connection.Listener listener) {
        return new H1Connection(this, channel, listener);
    }

    ByteBuf head(int call) {
        return heads.get(call).retainedDuplicate();
    }

    int bodyBytes(int call) {
        return calls.get(call).bodyBytes();
    }

    /** @return part of a body */
    ByteBuf body(int bytes) {
        return filler.body(bytes);
    }

    private static ByteBuf head(Call call) {
        if (call.grpc()) {
            throw new IllegalArgumentException("gRPC over HTTP/1.1 (expected: HTTP/2 or HTTP/3)");
        }
        String length = call.bodyBytes() > 0 ? "content-length: " + call.bodyBytes() + "\r\n" : "";
        byte[] head = (call.method() + " " + call.path() + " HTTP/1.1\r\nHost: " + call.authority() + "\r\n" + length
                        + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        return Unpooled.directBuffer(head.length).writeBytes(head);
    }

    @Override
    public void close() {
        heads.forEach(ByteBuf::release);
    }
}
