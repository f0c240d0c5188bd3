package dev.sluice.grpc.transcode;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.failure.Failure;

/** Why a call cannot be translated, as its client is told. */
final class TranscodingException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Messages of parsers repeat what they could not read; so much of it is enough. */
    private static final int MAX_MESSAGE = 300;

    private final Failure failure;
    private final int httpStatus;
    private final int code;

    private TranscodingException(Failure failure, int httpStatus, int code, String message) {
        super(
                message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "...",
                null,
                false,
                false);
        this.failure = failure;
        this.httpStatus = httpStatus;
        this.code = code;
    }

    /** What protobuf says of a value, without the class of who noticed. */
    static String reason(InvalidProtocolBufferException e) {
        String message = String.valueOf(e.getMessage()).strip();
        int behindClass = message.indexOf("Exception: ");
        return behindClass < 0 ? message : message.substring(behindClass + "Exception: ".length());
    }

    /** The client's request cannot become a message. */
    static TranscodingException badRequest(String message) {
        return new TranscodingException(Failure.BAD_REQUEST, 400, HttpStatusTable.INVALID_ARGUMENT, message);
    }

    static TranscodingException methodNotAllowed(String message) {
        return new TranscodingException(Failure.METHOD_NOT_ALLOWED, 405, HttpStatusTable.UNIMPLEMENTED, message);
    }

    static TranscodingException requestTooLarge(String message) {
        return new TranscodingException(Failure.BODY_TOO_LARGE, 413, HttpStatusTable.RESOURCE_EXHAUSTED, message);
    }

    static TranscodingException unsupportedMediaType(String message) {
        return new TranscodingException(Failure.BAD_REQUEST, 415, HttpStatusTable.INVALID_ARGUMENT, message);
    }

    /** The backend's message cannot become an answer. */
    static TranscodingException badAnswer(String message) {
        return new TranscodingException(Failure.UPSTREAM_PROTOCOL, 500, HttpStatusTable.INTERNAL, message);
    }

    /** The gateway's limit, so neither the client's fault (429) nor the backend's. */
    static TranscodingException answerTooLarge(String message) {
        return new TranscodingException(Failure.UPSTREAM_PROTOCOL, 500, HttpStatusTable.RESOURCE_EXHAUSTED, message);
    }

    Failure failure() {
        return failure;
    }

    /** 400..599. */
    int httpStatus() {
        return httpStatus;
    }

    /** Of {@code google.rpc.Code}. */
    int code() {
        return code;
    }

    /** One sentence for the client. */
    String detail() {
        return String.valueOf(getMessage());
    }
}
