package dev.sluice.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Sorts what an {@link H2Wire} receives by stream, and keeps the peer's windows. */
final class H2Inbox extends Http2FrameAdapter {

    private final H2Wire wire;
    private final @Nullable Consumer<RawH2Stream> acceptor;
    private final Map<Integer, RawH2Stream> streams = new ConcurrentHashMap<>();
    private final BlockingQueue<H2Frame.GoAway> goAways = new LinkedBlockingQueue<>();
    private final CompletableFuture<Map<Character, Long>> settings = new CompletableFuture<>();
    private final H2SendWindow connectionWindow = new H2SendWindow(65_535);
    private int initialWindow = 65_535;
    private volatile boolean credit = true;
    private volatile boolean closed;
    private volatile long pings;

    /** @param acceptor takes the streams that the peer opens; null when it may not open any */
    H2Inbox(H2Wire wire, @Nullable Consumer<RawH2Stream> acceptor) {
        this.wire = wire;
        this.acceptor = acceptor;
    }

    RawH2Stream open(int id) {
        RawH2Stream stream;
        synchronized (streams) { // SETTINGS that come meanwhile change the windows of all streams, this one too
            stream = new RawH2Stream(wire, id, new H2SendWindow(initialWindow));
            streams.put(id, stream);
        }
        if (closed) {
            stream.add(new H2Frame.ConnectionClosed());
        }
        return stream;
    }

    H2SendWindow connectionWindow() {
        return connectionWindow;
    }

    H2Frame.GoAway awaitGoAway() {
        return Eventually.take("a GOAWAY", goAways);
    }

    Map<Character, Long> awaitSettings() {
        return Eventually.get(settings);
    }

    boolean isClosed() {
        return closed;
    }

    long pings() {
        return pings;
    }

    void giveCredit(boolean give) {
        credit = give;
    }

    void closed(String why) {
        closed = true;
        settings.completeExceptionally(new IOException("closed before SETTINGS: " + why));
        streams.values().forEach(stream -> stream.add(new H2Frame.ConnectionClosed()));
    }

    @Override
    public int onDataRead(ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean endStream) {
        int bytes = data.readableBytes() + padding;
        deliver(streamId, new H2Frame.Data(ByteBufUtil.getBytes(data), endStream));
        if (credit && bytes > 0) {
            reply(() -> {
                wire.writeWindowUpdate(0, bytes);
                if (!endStream) {
                    wire.writeWindowUpdate(streamId, bytes);
                }
            });
        }
        return bytes;
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext context,
            int streamId,
            Http2Headers headers,
            int streamDependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean endStream) {
        onHeadersRead(context, streamId, headers, padding, endStream);
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext context, int streamId, Http2Headers headers, int padding, boolean endStream) {
        List<Map.Entry<String, String>> fields = StreamSupport.stream(headers.spliterator(), false)
                .map(field ->
                        Map.entry(field.getKey().toString(), field.getValue().toString()))
                .toList();
        deliver(streamId, new H2Frame.Headers(fields, endStream));
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext context, int streamId, long errorCode) {
        deliver(streamId, new H2Frame.Reset(errorCode));
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext context, Http2Settings received) {
        Integer window = received.initialWindowSize();
        if (window != null) {
            synchronized (streams) {
                int delta = window - initialWindow;
                initialWindow = window;
                streams.values().forEach(stream -> stream.window().add(delta));
            }
        }
        Map<Character, Long> values = new HashMap<>();
        received.forEach((id, value) -> values.put(id, value));
        settings.complete(values);
        reply(wire::writeSettingsAck);
    }

    @Override
    public void onPingRead(ChannelHandlerContext context, long data) {
        reply(() -> wire.writePingAck(data));
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // a single writer
    public void onPingAckRead(ChannelHandlerContext context, long data) {
        pings++;
    }

    @Override
    public void onGoAwayRead(ChannelHandlerContext context, int lastStreamId, long errorCode, ByteBuf debugData) {
        goAways.add(new H2Frame.GoAway(lastStreamId, errorCode, debugData.toString(StandardCharsets.UTF_8)));
    }

    @Override
    public void onWindowUpdateRead(ChannelHandlerContext context, int streamId, int increment) {
        if (streamId == 0) {
            connectionWindow.add(increment);
        } else {
            RawH2Stream stream = streams.get(streamId);
            if (stream != null) {
                stream.window().add(increment);
            }
        }
    }

    private void deliver(int streamId, H2Frame frame) {
        RawH2Stream stream = streams.get(streamId);
        if (stream == null && acceptor != null) {
            stream = open(streamId);
            acceptor.accept(stream);
        }
        if (stream == null) {
            throw new IllegalStateException("frame on a stream that we never opened: " + streamId + " " + frame);
        }
        stream.add(frame);
    }

    private interface Reply {
        void send() throws IOException;
    }

    private static void reply(Reply reply) {
        try {
            reply.send();
        } catch (IOException e) {
            // the reading side will see the end too, and tells
        }
    }
}
