package dev.sluice.wire;

import dev.sluice.failure.Failure;
import io.netty.handler.codec.DecoderException;

/** What is wrong with an HTTP/1 message: one sentence, which repeats nothing of the message. */
final class MalformedMessage extends DecoderException {

    private static final long serialVersionUID = 1L;

    private final Failure failure;

    private MalformedMessage(Failure failure, String sentence) {
        super(sentence);
        this.failure = failure;
    }

    /** Of a client's request. */
    static MalformedMessage request(Failure failure, String sentence) {
        return new MalformedMessage(failure, sentence);
    }

    /** The row of the table of failures that answers it. */
    Failure failure() {
        return failure;
    }

    /** Where it was found is the same line every time. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }

    /** Whose message it is. */
    enum Sender {
        CLIENT("The request has ", Failure.BAD_REQUEST, Failure.HEADERS_TOO_LARGE),
        BACKEND("The backend's response has ", Failure.UPSTREAM_PROTOCOL, Failure.UPSTREAM_PROTOCOL);

        private final String subject;
        private final Failure malformed;
        private final Failure tooLarge;

        Sender(String subject, Failure malformed, Failure tooLarge) {
            this.subject = subject;
            this.malformed = malformed;
            this.tooLarge = tooLarge;
        }

        /** @param what the sentence's object, such as {@code a malformed status line} */
        MalformedMessage sent(String what) {
            return new MalformedMessage(malformed, subject + what);
        }

        /** Sent more header bytes, or lines, than are taken. */
        MalformedMessage sentTooMuch(String what) {
            return new MalformedMessage(tooLarge, subject + what);
        }

        /**
         * What a Content-Length says (RFC 9110 section 8.6).
         *
         * @throws MalformedMessage when it is anything but digits, or too large for a long
         */
        long contentLength(String digits) {
            long value = 0;
            for (int i = 0; i < digits.length(); i++) {
                int digit = digits.charAt(i) - '0';
                if (digit < 0 || digit > 9 || value > Long.MAX_VALUE / 10 - 1) {
                    throw sent("Content-Length: " + digits + " (expected: a number)");
                }
                value = value * 10 + digit;
            }
            if (digits.isEmpty()) {
                throw sent("Content-Length without a number");
            }
            return value;
        }
    }
}
