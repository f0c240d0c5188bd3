package dev.sluice.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;

/** Writes the head of an HTTP/1.1 request and the chunked coding (RFC 9112 sections 3, 5 and 7.1). */
final class Http1RequestHead {

    /** Room for a head with a browser's usual fields. */
    static final int TYPICAL_BYTES = 512;

    private static final byte[] VERSION = " HTTP/1.1\r\n".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] LAST_CHUNK = "0\r\n".getBytes(StandardCharsets.ISO_8859_1);
    private static final int CRLF = '\r' << 8 | '\n';
    private static final int COLON = ':' << 8 | ' ';

    private Http1RequestHead() {}

    /** The fields must have been checked: nothing here looks for a CR or LF in them. */
    static void write(ByteBuf to, String method, String uri, MultiMap headers) {
        ByteBufUtil.writeAscii(to, method);
        to.writeByte(' ');
        ByteBufUtil.writeAscii(to, uri);
        to.writeBytes(VERSION);
        headers.forEach((name, value) -> field(to, name, value));
        to.writeShort(CRLF);
    }

    private static void field(ByteBuf to, String name, String value) {
        ByteBufUtil.writeAscii(to, name);
        to.writeShort(COLON);
        ByteBufUtil.writeAscii(to, value);
        to.writeShort(CRLF);
    }

    /** The line before a chunk. */
    static void chunkSize(ByteBuf to, int length) {
        ByteBufUtil.writeAscii(to, Integer.toHexString(length));
        to.writeShort(CRLF);
    }

    /** What follows a chunk. */
    static void chunkEnd(ByteBuf to) {
        to.writeShort(CRLF);
    }

    /** The end of the body (RFC 9112 section 7.1.2). */
    static void lastChunk(ByteBuf to, FieldLines trailers) {
        to.writeBytes(LAST_CHUNK);
        for (int i = 0; i < trailers.size(); i++) {
            field(to, trailers.name(i), trailers.value(i));
        }
        to.writeShort(CRLF);
    }
}
