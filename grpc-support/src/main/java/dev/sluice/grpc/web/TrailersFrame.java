package dev.sluice.grpc.web;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Trailers as the last message of a body ({@code PROTOCOL-WEB.md}, Message framing). */
final class TrailersFrame {

    private static final byte FLAG = (byte) 0x80;

    private TrailersFrame() {}

    /**
     * An uncompressed frame: names in lower case, values as they are. Values of {@code -bin} fields stay base64 also in a
     * text body: nobody does what the specification says there, since raw bytes could not be told from the end of a line.
     */
    static Buffer of(MultiMap trailers) {
        StringBuilder lines = new StringBuilder();
        trailers.forEach((name, value) -> lines.append(name.toLowerCase(Locale.ROOT))
                .append(": ")
                .append(value)
                .append("\r\n"));
        // A field's characters are its bytes.
        byte[] bytes = lines.toString().getBytes(StandardCharsets.ISO_8859_1);
        return Buffer.buffer(bytes.length + 5)
                .appendByte(FLAG)
                .appendInt(bytes.length)
                .appendBytes(bytes);
    }
}
