package dev.sluice.bench.load;

import dev.sluice.bench.wire.Filler;
import dev.sluice.bench.wire.Http3Client;
import dev.sluice.bench.wire.Sockets;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.Http3Headers;
import java.net.InetSocketAddress;
import java.util.List;

/** Opens HTTP/3 connections. */
final class H3Connector implements Connector {

    private final Http3Client client;
    private final List<PreparedCall<Http3Headers>> calls;

    H3Connector(EventLoop loop, InetSocketAddress target, List<Call> calls, Filler filler) {
        this.client = new Http3Client(loop, target);
        this.calls = calls.stream()
                .map(call -> PreparedCall.of(call, headers(call), filler))
                .toList();
    }

    private static Http3Headers headers(Call call) {
        Http3Headers headers = new DefaultHttp3Headers()
                .method(call.method())
                .scheme("https")
                .authority(call.authority())
                .path(call.path());
        if (call.grpc()) {
            headers.add("content-type", "application/grpc").add("te", "trailers");
        } else if (call.bodyBytes() > 0) {
            headers.addInt("content-length", call.bodyBytes());
        }
        return headers;
    }

    @Override
    public Connection open(Connection.Listener listener) {
        DatagramChannel socket = Sockets.udp();
        H3Connection connection = new H3Connection(calls, socket, listener);
        client.open(socket, connection);
        return connection;
    }

    @Override
    public void close() {
        calls.forEach(PreparedCall::close);
    }
}
