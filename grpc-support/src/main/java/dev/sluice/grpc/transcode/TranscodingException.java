package dev.sluice.grpc.transcode;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.failure.Failure;

/** Why a call cannot be translated, as its client is told. */
final class TranscodingException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Messages of parsers repeat what they could not read; so much of it is enough. */
    private static final int MAX_MESSAGE = 300;

    private final Failure failure;
    private final String detail;

    private TranscodingException(Failure failure, String message) {
        super(message, null, false, false);
        this.failure = failure;
        this.detail = message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "...";
    }

    /** What protobuf says of a value, without the class of who noticed. */
    static String reason(InvalidProtocolBufferException e) {
        String message = String.valueOf(e.getMessage()).strip();
        int behindClass = message.indexOf("Exception: ");
        return behindClass < 0 ? message : message.substring(behindClass + "Exception: ".length());
    }

    /** The client's request cannot become a message. */
    static TranscodingException badRequest(String message) {
        return new TranscodingException(Failure.BAD_REQUEST, message);
    }

    static TranscodingException methodNotAllowed(String message) {
        return new TranscodingException(Failure.METHOD_NOT_ALLOWED, message);
    }

    static TranscodingException unsupportedMediaType(String message) {
        return new TranscodingException(Failure.UNSUPPORTED_MEDIA_TYPE, message);
    }

    static TranscodingException requestTooLarge(String message) {
        return new TranscodingException(Failure.GRPC_REQUEST_TOO_LARGE, message);
    }

    /** The backend's message cannot become an answer. */
    static TranscodingException badAnswer(String message) {
        return new TranscodingException(Failure.UPSTREAM_PROTOCOL, message);
    }

    static TranscodingException answerTooLarge(String message) {
        return new TranscodingException(Failure.GRPC_RESPONSE_TOO_LARGE, message);
    }

    Failure failure() {
        return failure;
    }

    /** One sentence for the client. */
    String detail() {
        return detail;
    }
}
