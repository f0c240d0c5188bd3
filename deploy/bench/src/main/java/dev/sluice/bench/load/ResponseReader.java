package dev.sluice.bench.load;

import dev.sluice.bench.wire.Http1MessageReader;
import io.netty.buffer.ByteBuf;

/** Reads HTTP/1.1 responses: of the status line, the status. */
final class ResponseReader extends Http1MessageReader {

    private static final int STATUS_AT = "HTTP/1.1 ".length();

    private int status;

    /** @return the last response's status */
    int status() {
        return status;
    }

    @Override
    protected void startLine(ByteBuf line, int from, int to) {
        if (to - from < STATUS_AT + 3 || line.getByte(from) != 'H') {
            throw new IllegalArgumentException("no status line");
        }
        status = 0;
        for (int i = 0; i < 3; i++) {
            status = status * 10 + line.getByte(from + STATUS_AT + i) - '0';
        }
    }

    @Override
    protected Body body() {
        if (status < 200) {
            return Body.ANOTHER_HEAD;
        }
        return status == 204 || status == 304 ? Body.NONE : Body.AS_FRAMED_OR_TO_CLOSE;
    }
}
