package dev.sluice.wire;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;

/**
 * Takes a section of an HTTP/1 message apart, which is a head or the trailers: lines up to an empty one (RFC 9112
 * sections 2.2 and 5). It is strict where two readers could disagree: every line ends with CRLF, names are tokens that
 * the colon follows at once, no line is folded, and values have no control characters. All of it is looked at in one
 * array, which every connection of a loop shares: it is used within one call only.
 */
final class Http1Section {

    /** Receives the field lines of a section, in order. */
    interface Fields {

        /** Of bytes that are the receiver's for the time of this call; the value is without white space around it. */
        void field(byte[] bytes, int name, int nameLength, int value, int valueLength);
    }

    private static final FastThreadLocal<byte[]> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
            return new byte[0];
        }
    };

    /** Most heads fit into one. */
    private static final int COPY_STEP = 2048;

    private static final boolean[] VALUE = new boolean[256];

    static {
        for (int c = 0; c < VALUE.length; c++) {
            VALUE[c] = (c >= ' ' && c != 0x7f) || c == '\t';
        }
    }

    private final MalformedMessage.Sender sender;

    /** How much of an incomplete section has been searched for its end. */
    private int searched;

    Http1Section(MalformedMessage.Sender sender) {
        this.sender = sender;
    }

    /** So that a word can be compared with what stands at the very end. */
    private static final int MARGIN = 16;

    /** An array of more than this many bytes, with those of earlier sections in it. */
    static byte[] scratch(int capacity) {
        byte[] bytes = SCRATCH.get();
        if (bytes.length < capacity + MARGIN) {
            bytes = new byte[capacity + MARGIN];
            SCRATCH.set(bytes);
        }
        return bytes;
    }

    /**
     * Copies a section and takes it from {@code in}. Of an incomplete one everything is copied, and nothing taken.
     *
     * @param capacity what a section may have at most; {@code bytes} has room for it
     * @return its length with the empty line; -1 when it has no end yet
     */
    int copy(ByteBuf in, byte[] bytes, int capacity, boolean mayBeEmpty) {
        int available = Math.min(in.readableBytes(), capacity);
        int copied = 0;
        while (copied < available) {
            // A step at a time: a large body may stand behind a small head.
            int step = Math.min(available - copied, COPY_STEP);
            var unused = in.getBytes(in.readerIndex() + copied, bytes, copied, step);
            copied += step;
            int end = end(bytes, copied, mayBeEmpty);
            if (end >= 0) {
                searched = 0;
                var unusedSkip = in.skipBytes(end);
                return end;
            }
        }
        return -1;
    }

    /** Where the section ends, behind its empty line; -1 when that is not in the first {@code length} bytes. */
    private int end(byte[] bytes, int length, boolean mayBeEmpty) {
        for (int i = searched; i < length; i++) {
            if (bytes[i] != '\n') {
                continue;
            }
            if (i == 0 || bytes[i - 1] != '\r') {
                throw sender.sent("a line that does not end with CRLF");
            }
            if (i > 1 ? bytes[i - 2] == '\n' : mayBeEmpty) {
                return i + 1;
            }
        }
        searched = Math.max(searched, length);
        return -1;
    }

    /** Takes the lines apart from {@code start} to the empty one that ends at {@code end}. */
    void fields(byte[] bytes, int start, int end, Fields sink) {
        int line = start;
        while (line < end - 2) {
            int colon = line;
            while (FieldTokens.isTokenCharacter(bytes[colon] & 0xff)) {
                colon++;
            }
            if (bytes[colon] != ':' || colon == line) {
                throw sender.sent("a field name that is no token");
            }
            int from = colon + 1;
            while (bytes[from] == ' ' || bytes[from] == '\t') {
                from++;
            }
            int to = from;
            while (VALUE[bytes[to] & 0xff]) {
                to++;
            }
            if (bytes[to] != '\r') {
                throw sender.sent("a control character in a field");
            }
            if (bytes[to + 1] != '\n') {
                throw sender.sent("a line that does not end with CRLF");
            }
            int next = to + 2;
            while (to > from && (bytes[to - 1] == ' ' || bytes[to - 1] == '\t')) {
                to--;
            }
            sink.field(bytes, line, colon - line, from, to - from);
            line = next;
        }
    }
}
