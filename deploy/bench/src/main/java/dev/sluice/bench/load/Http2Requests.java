package dev.sluice.bench.load;

import dev.sluice.bench.wire.Filler;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import java.util.List;

/** A plan's requests for HTTP/2, built once. */
final class Http2Requests implements TcpConnector.Speech {

    private static final AsciiString[] NO_FIELDS = {};
    private static final AsciiString[] GRPC_FIELDS = {
        AsciiString.cached("content-type"), AsciiString.cached("application/grpc"),
        AsciiString.cached("te"), AsciiString.cached("trailers")
    };

    private final List<PreparedCall<Http2Headers>> calls;

    Http2Requests(List<Call> calls, String scheme, Filler filler) {
        this.calls = calls.stream()
                .map(call -> PreparedCall.of(call, headers(call, scheme), filler))
                .toList();
    }

    @Override
    public TcpConnection connection(Channel channel, Connection.Listener listener) {
        return new H2Connection(calls, channel, listener);
    }

    private static Http2Headers headers(Call call, String scheme) {
        return ReadOnlyHttp2Headers.clientHeaders(
                false,
                AsciiString.of(call.method()),
                AsciiString.of(call.path()),
                AsciiString.of(scheme),
                AsciiString.of(call.authority()),
                fields(call));
    }

    private static AsciiString[] fields(Call call) {
        if (call.grpc()) {
            return GRPC_FIELDS;
        }
        return call.bodyBytes() == 0
                ? NO_FIELDS
                : new AsciiString[] {
                    AsciiString.cached("content-length"), AsciiString.of(Integer.toString(call.bodyBytes()))
                };
    }

    @Override
    public void close() {
        calls.forEach(PreparedCall::close);
    }
}
