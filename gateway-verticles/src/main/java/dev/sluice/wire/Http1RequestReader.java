package dev.sluice.wire;

import static dev.sluice.wire.MalformedMessage.Sender.CLIENT;

import dev.sluice.config.ClientTerms.Head;
import dev.sluice.failure.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import io.vertx.core.http.impl.headers.Http1xHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes the head of a request, or its trailer section, apart (RFC 9112 sections 3, 5 and 6.3), and says how long its body
 * is. What the request means is not looked at here.
 */
final class Http1RequestReader implements Http1Section.Fields {

    /** {@link #length()} of a body in chunks. */
    static final long CHUNKED = -1;

    /** White space and line ends that a head may have beside what its limits count. */
    private static final int SLACK = 4096;

    /** Codings that a server may know, and this one does not (RFC 9112 section 7.2). */
    private static final Set<String> OTHER_CODINGS = Set.of("compress", "deflate", "gzip", "x-compress", "x-gzip");

    private static final HttpMethod[] METHODS = {
        HttpMethod.GET,
        HttpMethod.POST,
        HttpMethod.PUT,
        HttpMethod.HEAD,
        HttpMethod.DELETE,
        HttpMethod.PATCH,
        HttpMethod.OPTIONS,
        HttpMethod.CONNECT
    };

    private final Http1Section section = new Http1Section(CLIENT);
    private HttpMethod method = HttpMethod.GET;
    private String target = "/";
    private HttpVersion version = HttpVersion.HTTP_1_1;
    private Http1xHeaders headers = Http1xHeaders.httpHeaders();
    private int headerBytes;
    private int headerCount;
    private int maxHeaderBytes;
    private int maxHeaderCount;
    private @Nullable String contentLength;
    private @Nullable String transferCoding;
    private boolean upgrade;
    private boolean upgradeErased;
    private boolean requestLineRead;
    private long length;

    /** Reads a head, if all of it is here. */
    boolean read(ByteBuf in, Head limits) {
        int capacity = limits.requestLineBytes() + limits.headerBytes() + SLACK;
        byte[] bytes = Http1Section.scratch(capacity);
        int end = section.copy(in, bytes, capacity, false);
        if (end < 0) {
            checkBeginning(bytes, Math.min(in.readableBytes(), capacity), capacity, limits);
            return false;
        }
        int fields = requestLine(bytes, limits.requestLineBytes());
        limit(limits);
        section.fields(bytes, fields, end, this);
        length = framing();
        return true;
    }

    /** Reads a trailer section, if all of it is here; null when it is not. */
    @Nullable
    FieldLines readTrailers(ByteBuf in, Head limits) {
        int capacity = limits.headerBytes() + SLACK;
        byte[] bytes = Http1Section.scratch(capacity);
        int end = section.copy(in, bytes, capacity, true);
        if (end < 0) {
            if (in.readableBytes() >= capacity) {
                throw tooMany(limits);
            }
            return null;
        }
        if (end == 2) {
            return FieldLines.NONE;
        }
        limit(limits);
        FieldLines lines = new FieldLines();
        section.fields(bytes, 0, end, (field, name, nameLength, value, valueLength) -> {
            count(nameLength, valueLength);
            lines.add(
                    FieldNames.of(field, name, nameLength),
                    new String(field, value, valueLength, StandardCharsets.ISO_8859_1));
        });
        return lines;
    }

    /** The head that was read last, as far as it was read. */
    DecodedRequest take(Http1RequestDecoder decoder) {
        if (hasConnectionOption("close")) {
            headers.add(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE); // as Vert.x knows it: alone on its line
        }
        DecodedRequest request = new DecodedRequest(decoder, version, method, target, headers);
        method = HttpMethod.GET;
        target = "/";
        version = HttpVersion.HTTP_1_1;
        headers = Http1xHeaders.httpHeaders();
        contentLength = null;
        transferCoding = null;
        upgrade = false;
        upgradeErased = false;
        requestLineRead = false;
        return request;
    }

    /** Of the body of the head that was read last: bytes, or {@link #CHUNKED}. */
    long length() {
        return length;
    }

    private boolean hasConnectionOption(String option) {
        if (!headers.contains(HttpHeaderNames.CONNECTION)) {
            return false;
        }
        for (String value : headers.getAll(HttpHeaderNames.CONNECTION)) {
            if (FieldTokens.contains(value, option)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the head that was read last asks for another protocol (RFC 9110 sections 7.8 and 9.3.6), h2c apart. */
    boolean changesProtocol() {
        if (method.equals(HttpMethod.CONNECT)) {
            return true;
        }
        if (!upgrade || version.equals(HttpVersion.HTTP_1_0)) {
            return false;
        }
        return hasConnectionOption("upgrade");
    }

    /** Of an incomplete head: what is wrong already is said already, instead of waited for. */
    private void checkBeginning(byte[] bytes, int available, int capacity, Head limits) {
        if (!requestLineRead) {
            checkLine(bytes, available, limits.requestLineBytes());
        }
        if (available == capacity) {
            throw tooMany(limits);
        }
    }

    private void checkLine(byte[] bytes, int available, int limit) {
        int i = 0;
        while (i < available && FieldTokens.isTokenCharacter(bytes[i] & 0xff)) {
            i++;
        }
        if (i < available && (bytes[i] != ' ' || i == 0)) {
            throw malformedLine();
        }
        while (i < available && bytes[i] != '\n') {
            i++;
        }
        if (i < available) {
            var unused = requestLine(bytes, limit);
            requestLineRead = true;
        } else if (available > limit + 1) {
            throw tooLongLine(limit);
        }
    }

    /** {@code GET /path HTTP/1.1}; returns where the next line begins. */
    private int requestLine(byte[] bytes, int limit) {
        int i = 0;
        while (FieldTokens.isTokenCharacter(bytes[i] & 0xff)) {
            i++;
        }
        int targetStart = i + 1;
        if (i == 0 || bytes[i] != ' ') {
            throw malformedLine(bytes, limit);
        }
        int methodLength = i;
        i = targetStart;
        while ((bytes[i] & 0xff) > ' ' && bytes[i] != 0x7f) {
            i++;
        }
        int targetEnd = i;
        if (i == targetStart || bytes[i] != ' ') {
            throw malformedLine(bytes, limit);
        }
        i++;
        if (!isAt("HTTP/", bytes, i)
                || !isDigit(bytes[i + 5])
                || bytes[i + 6] != '.'
                || !isDigit(bytes[i + 7])
                || bytes[i + 8] != '\r'
                || bytes[i + 9] != '\n') {
            throw malformedLine(bytes, limit);
        }
        if (i + 8 > limit) {
            throw tooLongLine(limit);
        }
        method = method(bytes, methodLength);
        target = new String(bytes, targetStart, targetEnd - targetStart, StandardCharsets.ISO_8859_1);
        if (bytes[i + 5] != '1' || bytes[i + 7] > '1') {
            throw MalformedMessage.request(
                    Failure.VERSION_NOT_SUPPORTED,
                    "HTTP/1.0 and HTTP/1.1 are the versions that requests can have here");
        }
        version = bytes[i + 7] == '0' ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1;
        return i + 10;
    }

    @Override
    public void field(byte[] bytes, int name, int nameLength, int value, int valueLength) {
        count(nameLength, valueLength);
        AsciiString key = FieldNames.ascii(bytes, name, nameLength);
        String text = new String(bytes, value, valueLength, StandardCharsets.ISO_8859_1);
        switch (nameLength) {
            case 7 -> {
                if (HttpHeaderNames.UPGRADE.contentEqualsIgnoreCase(key)) {
                    upgrade(key, text);
                    return;
                }
            }
            case 14 -> {
                if (HttpHeaderNames.CONTENT_LENGTH.contentEqualsIgnoreCase(key)) {
                    if (contentLength != null) {
                        throw CLIENT.sent("several Content-Length fields");
                    }
                    contentLength = text;
                } else if (key.contentEqualsIgnoreCase("http2-settings")) {
                    return; // for an upgrade to h2c alone, which is not served
                }
            }
            case 17 -> {
                if (HttpHeaderNames.TRANSFER_ENCODING.contentEqualsIgnoreCase(key)) {
                    if (transferCoding != null) {
                        throw CLIENT.sent("several Transfer-Encoding fields");
                    }
                    transferCoding = text;
                }
            }
            default -> {}
        }
        headers.add(key, text);
    }

    /**
     * A request that asks for h2c asks for nothing: a server may ignore an upgrade (RFC 9110 section 7.8), and RFC 9113
     * section 3.1 deprecates this one. Vert.x's upgrade handler, which answers a malformed one with a 400 that never
     * ends, meets none.
     */
    private void upgrade(AsciiString name, String protocols) {
        if (protocols.toLowerCase(Locale.ROOT).contains("h2c")) {
            headers.remove(HttpHeaderNames.UPGRADE);
            upgrade = false;
            upgradeErased = true;
        } else if (!upgradeErased) {
            headers.add(name, protocols);
            upgrade = true;
        }
    }

    /** RFC 9112 section 6.3. */
    private long framing() {
        if (method.equals(HttpMethod.CONNECT) && (transferCoding != null || contentLength != null)) {
            throw CLIENT.sent("a CONNECT with a body, which is none (RFC 9110 section 9.3.6)");
        }
        if (transferCoding != null) {
            if (contentLength != null) {
                throw CLIENT.sent("both Content-Length and Transfer-Encoding");
            }
            if (version.equals(HttpVersion.HTTP_1_0)) {
                throw CLIENT.sent("a Transfer-Encoding, which HTTP/1.0 does not have");
            }
            if (!transferCoding.equalsIgnoreCase("chunked")) {
                throw otherCoding(transferCoding);
            }
            return CHUNKED;
        }
        return contentLength == null ? 0 : CLIENT.contentLength(contentLength);
    }

    /** RFC 9112 section 6.1: 501 for a coding that is not understood, so long as the body's end could be told. */
    private static MalformedMessage otherCoding(String list) {
        String[] codings = list.split(",", -1);
        boolean known = codings[codings.length - 1].strip().equalsIgnoreCase("chunked");
        for (int i = 0; i < codings.length - 1; i++) {
            known &= OTHER_CODINGS.contains(codings[i].strip().toLowerCase(Locale.ROOT));
        }
        return known
                ? MalformedMessage.request(Failure.TRANSFER_CODING, Failure.TRANSFER_CODING.text())
                : CLIENT.sent("a Transfer-Encoding other than chunked");
    }

    private void limit(Head limits) {
        headerBytes = 0;
        headerCount = 0;
        maxHeaderBytes = limits.headerBytes();
        maxHeaderCount = limits.headerCount();
    }

    private void count(int nameLength, int valueLength) {
        headerBytes += nameLength + valueLength;
        headerCount++;
        if (headerBytes > maxHeaderBytes) {
            throw CLIENT.sentTooMuch("header fields of more than " + maxHeaderBytes + " bytes");
        }
        if (headerCount > maxHeaderCount) {
            throw CLIENT.sentTooMuch("more than " + maxHeaderCount + " header fields");
        }
    }

    private static MalformedMessage tooMany(Head limits) {
        return CLIENT.sentTooMuch("header fields of more than " + limits.headerBytes() + " bytes");
    }

    private static MalformedMessage tooLongLine(int limit) {
        return MalformedMessage.request(
                Failure.URI_TOO_LONG, "The request has a request line of more than " + limit + " bytes");
    }

    /** Of a complete line: a long one is called long, however it was cut when it came. */
    private static MalformedMessage malformedLine(byte[] bytes, int limit) {
        int end = 0;
        while (bytes[end] != '\n') {
            end++;
        }
        return end - 1 > limit ? tooLongLine(limit) : malformedLine();
    }

    private static MalformedMessage malformedLine() {
        return CLIENT.sent("a malformed request line");
    }

    private static HttpMethod method(byte[] bytes, int length) {
        for (HttpMethod known : METHODS) {
            String name = known.name();
            if (name.length() == length && isAt(name, bytes, 0)) {
                return known;
            }
        }
        return HttpMethod.valueOf(new String(bytes, 0, length, StandardCharsets.ISO_8859_1));
    }

    private static boolean isDigit(byte character) {
        return character >= '0' && character <= '9';
    }

    private static boolean isAt(String text, byte[] bytes, int offset) {
        for (int i = 0; i < text.length(); i++) {
            if (bytes[offset + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
