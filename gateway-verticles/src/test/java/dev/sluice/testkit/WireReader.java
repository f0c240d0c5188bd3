package dev.sluice.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads HTTP/1 messages from a stream, without leniency: every line must end in CRLF. */
final class WireReader {

    private final InputStream in;

    WireReader(InputStream in) {
        this.in = in;
    }

    /** One line without its CRLF. */
    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\r'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("closed within a line: " + line.toString(StandardCharsets.ISO_8859_1));
            }
            if (b == '\n') {
                throw new IOException("bare LF after: " + line.toString(StandardCharsets.ISO_8859_1));
            }
            line.write(b);
        }
        int lf = in.read();
        if (lf != '\n') {
            throw new IOException("bare CR after: " + line.toString(StandardCharsets.ISO_8859_1));
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    /** Fields up to and including the empty line. */
    List<Map.Entry<String, String>> fields() throws IOException {
        List<Map.Entry<String, String>> fields = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new IOException("not a header field: " + line);
            }
            fields.add(Map.entry(
                    line.substring(0, colon), line.substring(colon + 1).strip()));
        }
        return fields;
    }

    /**
     * A chunked body (RFC 9112 section 7.1).
     *
     * @return its trailers
     */
    List<Map.Entry<String, String>> chunked(ByteArrayOutputStream into) throws IOException {
        while (true) {
            String size = line();
            int extension = size.indexOf(';');
            int length = Integer.parseInt(
                    extension < 0 ? size : size.substring(0, extension).strip(), 16);
            if (length == 0) {
                return fields();
            }
            exactly(length, into);
            String end = line();
            if (!end.isEmpty()) {
                throw new IOException("chunk of " + length + " goes on with: " + end);
            }
        }
    }

    void exactly(long length, ByteArrayOutputStream into) throws IOException {
        byte[] buffer = new byte[8192];
        long rest = length;
        while (rest > 0) {
            int n = in.read(buffer, 0, (int) Math.min(rest, buffer.length));
            if (n < 0) {
                throw new EOFException("closed " + rest + " bytes before the end of the body");
            }
            into.write(buffer, 0, n);
            rest -= n;
        }
    }

    void untilEof(ByteArrayOutputStream into) throws IOException {
        byte[] buffer = new byte[8192];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            into.write(buffer, 0, n);
        }
    }
}
