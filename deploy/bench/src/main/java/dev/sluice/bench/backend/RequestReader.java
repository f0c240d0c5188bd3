package dev.sluice.bench.backend;

import dev.sluice.bench.wire.Http1MessageReader;
import io.netty.buffer.ByteBuf;

/** Reads HTTP/1.1 requests: of the start line, how long an answer it asks for. */
final class RequestReader extends Http1MessageReader {

    private int answerBytes;

    /** @return bytes the answer to the last request has */
    int answerBytes() {
        return answerBytes;
    }

    @Override
    protected void startLine(ByteBuf line, int from, int to) {
        int target = line.indexOf(from, to, (byte) ' ') + 1;
        int end = line.indexOf(target, to, (byte) ' ');
        if (target == 0 || end < 0) {
            throw new IllegalArgumentException("no request line");
        }
        answerBytes =
                line.getByte(from) == 'G' ? Answers.asked(i -> line.getByte(target + i), end - target) : Answers.SHORT;
    }

    @Override
    protected Body body() {
        return Body.AS_FRAMED;
    }
}
