package dev.sluice.spi;

import dev.sluice.failure.Failure;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One call of a {@link CallProtocol}, for the time of its exchange. Everything happens on the exchange's event loop. Chunks
 * of bodies are lent: they are valid until the method returns, and what is kept of them is copied. A method that gives
 * back the very chunk it was lent passes it on uncopied. One that throws has made a mistake: the exchange ends with
 * {@link Failure#INTERNAL}, and the call is asked for nothing more than what it comes to.
 */
public interface Call {

    /** What becomes of an answer whose head has come. */
    enum Answer {
        /** The head goes out as usual, its body through {@link #responseData}. */
        PASS,
        /** Status and fields are not known yet: nothing goes out until {@link #holdsHead()} says no. */
        HOLD,
        /** The head is all of the answer; what the upstream still sends is for nobody. */
        END
    }

    // --- request ---

    /** Whether the request's body is another than the client's, so that its declared length and its absence say nothing. */
    default boolean rewritesRequest() {
        return false;
    }

    /** The fields that an upstream is about to be sent, at every try; may be changed. */
    default void upstreamHead(MultiMap headers) {}

    /** A chunk of the request's body; gives what goes on, null for nothing. */
    default @Nullable Buffer requestData(Buffer chunk) {
        return chunk;
    }

    /** The request has ended; gives what is still to be sent, null for nothing. */
    default @Nullable Buffer requestEnd() {
        return null;
    }

    // --- response ---

    /**
     * What an answer's head comes to as an HTTP status, for health and statistics of its endpoint.
     *
     * @param status 200..599
     * @param fields gives a field's first value, by its name in lower case; null for none
     */
    default int statusOf(int status, Function<String, @Nullable String> fields) {
        return status;
    }

    /**
     * The call's own status, when the head is all of the answer (trailers-only), so that another try may take its place;
     * -1 when it is not known yet.
     */
    default int callStatus(int status, Function<String, @Nullable String> fields) {
        return -1;
    }

    /** The answer's head has come: status and fields stand in the exchange's response and may be changed. */
    default Answer responseHead() {
        return Answer.PASS;
    }

    /** A filter has answered, in HTTP's words: status and fields stand in the exchange's response and may be changed. */
    default Answer replied() {
        return responseHead();
    }

    /** After {@link Answer#HOLD}: whether status and fields are still open. Asked after every chunk and the end. */
    default boolean holdsHead() {
        return false;
    }

    /** Whether the response's body is another than the upstream's, so that its declared length says nothing. */
    default boolean rewritesResponse() {
        return false;
    }

    /** A chunk of the response's body; gives what goes on, null for nothing. */
    default @Nullable Buffer responseData(Buffer chunk) {
        return chunk;
    }

    /**
     * The response has ended; gives what is still to be sent, null for nothing.
     *
     * @param trailers the upstream's, which go to the client as they are left
     */
    default @Nullable Buffer responseEnd(MultiMap trailers) {
        return null;
    }

    // --- when it fails ---

    /**
     * A response that is under way has failed: how it ends so that its client knows.
     *
     * @return null when nothing but a reset tells it
     */
    default @Nullable Ending breakOff(Failure failure, String detail) {
        return null;
    }

    /**
     * The end of a response that has failed.
     *
     * @param last what is still sent of the body; null for nothing
     * @param trailers behind it
     */
    record Ending(@Nullable Buffer last, MultiMap trailers) {}

    /** The exchange is over; called once. */
    default void ended(@Nullable Failure failure) {}

    /** Whether it has come to a status that is the server's fault, once it has {@link #ended} without a failure. */
    default boolean isServerFault() {
        return false;
    }

    /** The call's own status, once it has {@link #ended}, for the access log; -1 for none. */
    default int status() {
        return -1;
    }
}
