package dev.sluice.wire;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http2.Http2CodecUtil;
import java.util.List;

/**
 * Makes the first request of a connection an ordinary HTTP/1.1 one when it asks for an upgrade to h2c (RFC 9110 section
 * 7.8 lets a server ignore {@code Upgrade}; RFC 9113 section 3.1 deprecates h2c). Later requests never meet Vert.x's
 * upgrade handler, and forwarding drops the fields anyway.
 */
final class UpgradeEraser extends ChannelInboundHandlerAdapter {

    static final String NAME = "sluice-upgrade-eraser";

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpRequest request) {
            HttpHeaders headers = request.headers();
            List<String> upgrades = headers.getAll(HttpHeaderNames.UPGRADE);
            for (String upgrade : upgrades) {
                if (upgrade.toLowerCase(java.util.Locale.ROOT)
                        .contains(Http2CodecUtil.HTTP_UPGRADE_PROTOCOL_NAME.toString())) {
                    headers.remove(HttpHeaderNames.UPGRADE);
                    break;
                }
            }
            ctx.pipeline().remove(this);
        }
        ctx.fireChannelRead(message);
    }
}
