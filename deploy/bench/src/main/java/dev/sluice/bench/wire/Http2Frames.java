package dev.sluice.bench.wire;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;

/** Hears of frames; HEADERS with a priority are like those without (RFC 9113 section 5.3.2). */
public abstract class Http2Frames extends Http2FrameAdapter {

    @Override
    public final void onHeadersRead(
            ChannelHandlerContext ctx,
            int id,
            Http2Headers headers,
            int dependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean end)
            throws Http2Exception {
        onHeadersRead(ctx, id, headers, padding, end);
    }
}
