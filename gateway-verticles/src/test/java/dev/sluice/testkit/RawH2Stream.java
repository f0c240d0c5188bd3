package dev.sluice.testkit;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** One stream of a {@link RawH2Client}, or of a client of a {@link RawH2Upstream}. */
public final class RawH2Stream {

    private final H2Wire wire;
    private final int id;
    private final H2SendWindow window;
    private final BlockingQueue<H2Frame> frames = new LinkedBlockingQueue<>();

    RawH2Stream(H2Wire wire, int id, H2SendWindow window) {
        this.wire = wire;
        this.id = id;
        this.window = window;
    }

    public int id() {
        return id;
    }

    /** Sends HEADERS: a head, or trailers. */
    public RawH2Stream headers(Http2Headers headers, boolean endStream) throws IOException {
        wire.writeHeaders(id, headers, endStream);
        return this;
    }

    /** Sends HEADERS with END_STREAM and these fields. */
    public RawH2Stream trailers(Map<String, String> trailers) throws IOException {
        Http2Headers headers = new DefaultHttp2Headers(false);
        trailers.forEach(headers::add);
        return headers(headers, true);
    }

    /** Sends one DATA frame, whatever the peer's window. */
    public RawH2Stream data(byte[] bytes, boolean endStream) throws IOException {
        wire.writeData(id, bytes, endStream);
        return this;
    }

    /** Sends a whole body and ends the stream, waiting for flow-control credit. */
    public RawH2Stream body(byte[] bytes) throws IOException {
        partOfBody(bytes);
        return data(new byte[0], true);
    }

    /** Sends part of a body, waiting for flow-control credit. */
    public RawH2Stream partOfBody(byte[] bytes) throws IOException {
        int sent = 0;
        while (sent < bytes.length) {
            int length = window.take(Math.min(bytes.length - sent, Http2CodecUtil.DEFAULT_MAX_FRAME_SIZE));
            int granted = wire.inbox().connectionWindow().take(length);
            window.add(length - granted);
            data(Arrays.copyOfRange(bytes, sent, sent + granted), false);
            sent += granted;
        }
        return this;
    }

    /** What the peer still lets us send on this stream, in bytes. */
    public long sendWindow() {
        return window.available();
    }

    /** Sends a response head with this status. */
    public RawH2Stream respond(int status, boolean endStream) throws IOException {
        return headers(new DefaultHttp2Headers(false).status(Integer.toString(status)), endStream);
    }

    /** Sends GOAWAY on this stream's connection. */
    public RawH2Stream goAway(int lastStreamId, long code) throws IOException {
        wire.writeGoAway(lastStreamId, code);
        return this;
    }

    /** Sends SETTINGS on this stream's connection. */
    public RawH2Stream settings(Http2Settings settings) throws IOException {
        wire.writeSettings(settings);
        return this;
    }

    /** Closes this stream's connection with FIN. */
    public void closeConnection() throws IOException {
        wire.close();
    }

    /** Sends RST_STREAM. */
    public void reset(long code) throws IOException {
        wire.writeReset(id, code);
    }

    /** Waits for the next frame. */
    public H2Frame next() {
        return Eventually.take("a frame on stream " + id, frames);
    }

    /** Frames that came and were not taken. */
    public List<H2Frame> pending() {
        return List.copyOf(frames);
    }

    /** Waits for the next frame, which must be HEADERS. */
    public H2Frame.Headers nextHeaders() {
        return next(H2Frame.Headers.class);
    }

    /** Waits for the next frame, which must be DATA. */
    public H2Frame.Data nextData() {
        return next(H2Frame.Data.class);
    }

    /** Waits for the next frame, which must be RST_STREAM; its code. */
    public long nextReset() {
        return next(H2Frame.Reset.class).code();
    }

    private <T extends H2Frame> T next(Class<T> type) {
        H2Frame frame = next();
        if (!type.isInstance(frame)) {
            throw new AssertionError(frame + " (expected: " + type.getSimpleName() + ")");
        }
        return type.cast(frame);
    }

    /** Waits for the end of the response, however it ends; interim heads are skipped. */
    public H2Response response() {
        return H2Response.read(this::next);
    }

    H2SendWindow window() {
        return window;
    }

    void add(H2Frame frame) {
        frames.add(frame);
    }
}
