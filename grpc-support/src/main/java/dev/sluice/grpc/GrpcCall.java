package dev.sluice.grpc;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.GrpcTerms;
import dev.sluice.failure.Failure;
import dev.sluice.filter.GrpcContent;
import dev.sluice.spi.Call;
import dev.sluice.spi.CallExchange;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One gRPC call. Its bytes pass as they are; the gateway keeps its deadline, measures its messages, reads its status, and
 * gives one in words that the client knows where the upstream has not.
 */
public final class GrpcCall implements Call {

    private static final Logger log = LoggerFactory.getLogger(GrpcCall.class);

    private static final String STATUS = "grpc-status";
    private static final String MESSAGE = "grpc-message";
    private static final String TIMEOUT = "grpc-timeout";

    /** The most that an exchange's deadline may be; who has longer has none. */
    private static final long MAX_DEADLINE_NANOS = Long.MAX_VALUE / 4;

    /** What says something of a body that is not passed on. */
    private static final List<String> OF_THE_BODY = List.of(
            "content-length",
            "content-encoding",
            "content-language",
            "content-disposition",
            "content-location",
            "content-range",
            "accept-ranges",
            "etag",
            "last-modified",
            "trailer");

    private final CallExchange exchange;
    private final GrpcTerms terms;
    private final GrpcMetrics metrics;
    private final String path;
    private final MessageMeter received;
    private final MessageMeter sent;
    /** Its figures; null while it is not known whether it has figures of its own. */
    private @Nullable GrpcMethod method;
    /** What the client was told, or will be; null while that is open. */
    private @Nullable GrpcStatus status;

    /** The beginning of a prefix that may be one of a message that is too long, so that nothing of it has gone out. */
    private @Nullable Buffer heldPrefix;

    private @Nullable Buffer beforeTooLong;
    private boolean tooLong;

    private GrpcCall(CallExchange exchange, GrpcTerms terms, GrpcMetrics metrics) {
        this.exchange = exchange;
        this.terms = terms;
        this.metrics = metrics;
        path = exchange.path();
        received = new MessageMeter(terms.maxRequestMessageBytes());
        sent = new MessageMeter(terms.maxResponseMessageBytes());
    }

    /** Begins a call whose request and response are gRPC's, as its upstream knows them; null when it is over at once. */
    public static @Nullable GrpcCall begin(CallExchange exchange, GrpcTerms terms, GrpcMetrics metrics) {
        GrpcCall call = new GrpcCall(exchange, terms, metrics);
        return call.readDeadline() ? call : null;
    }

    /** Reads the deadline; false when the call has failed by that. */
    private boolean readDeadline() {
        method = metrics.known(path);
        if (method != null) {
            method.started(System.nanoTime() - exchange.ageNanos());
        }
        if (terms.timeout() != null) {
            exchange.deadline(Math.min(terms.timeout().toNanos(), MAX_DEADLINE_NANOS));
        }
        String timeout = exchange.requestHeaders().get(TIMEOUT);
        if (timeout == null) {
            return true;
        }
        long nanos = GrpcTimeout.parse(timeout);
        if (nanos > 0) {
            if (nanos <= MAX_DEADLINE_NANOS) {
                exchange.deadline(nanos);
            }
            return true;
        }
        Failure failure = nanos == 0 ? Failure.REQUEST_TIMEOUT : Failure.BAD_REQUEST;
        exchange.fail(
                failure,
                nanos == 0
                        ? "grpc-timeout has passed: " + timeout
                        : "grpc-timeout " + timeout + " (expected: 1 to 8 digits and one of H, M, S, m, u, n)");
        ended(failure);
        return false;
    }

    // --- request ---

    /** Every try is given what is left by then, also of a deadline that the client knows nothing of. */
    @Override
    public void upstreamHead(MultiMap headers) {
        long left = exchange.remainingNanos();
        if (left != Long.MAX_VALUE) {
            headers.set(TIMEOUT, GrpcTimeout.format(left));
        }
    }

    @Override
    public @Nullable Buffer requestData(Buffer chunk) {
        if (received.walk(chunk) == MessageMeter.FITS) {
            return chunk;
        }
        exchange.fail(
                Failure.GRPC_REQUEST_TOO_LARGE,
                "a message of " + received.lastLength() + " bytes (expected: at most " + terms.maxRequestMessageBytes()
                        + ")");
        return null;
    }

    @Override
    public @Nullable Buffer requestEnd() {
        if (!received.atBoundary()) {
            exchange.fail(Failure.BAD_REQUEST, "the request has ended within a message");
        }
        return null;
    }

    // --- response ---

    @Override
    public int statusOf(int httpStatus, Function<String, @Nullable String> fields) {
        String given = fields.apply(STATUS);
        return given == null ? httpStatus : GrpcStatusTable.endpointStatus(GrpcStatus.parse(given));
    }

    @Override
    public int callStatus(int httpStatus, Function<String, @Nullable String> fields) {
        String given = fields.apply(STATUS);
        if (given != null) {
            return GrpcStatus.parse(given).code();
        }
        return isAnswer(httpStatus, fields.apply("content-type"))
                ? -1
                : GrpcStatusTable.ofHttp(httpStatus).code();
    }

    @Override
    public Answer responseHead() {
        MultiMap headers = exchange.responseHeaders();
        String given = headers.get(STATUS);
        int httpStatus = exchange.status();
        String type = headers.get("content-type");
        if (given != null || isAnswer(httpStatus, type)) {
            status = given == null ? null : GrpcStatus.parse(given);
            return Answer.PASS;
        }
        status = GrpcStatusTable.ofHttp(httpStatus);
        OF_THE_BODY.forEach(headers::remove);
        exchange.status(200);
        headers.set("content-type", GrpcReply.CONTENT_TYPE);
        tell(
                headers,
                status,
                "the answer is not gRPC: HTTP status " + httpStatus + ", content-type "
                        + (type == null ? "missing" : type));
        return Answer.END;
    }

    @Override
    public @Nullable Buffer responseData(Buffer chunk) {
        int begin = sent.walk(chunk);
        int held = heldPrefix == null ? 0 : heldPrefix.length();
        Buffer whole = heldPrefix == null ? chunk : heldPrefix.appendBuffer(chunk);
        heldPrefix = null;
        if (begin != MessageMeter.FITS) {
            tooLong = true;
            beforeTooLong = begin > 0 ? whole.getBuffer(0, held + begin) : null;
            exchange.fail(
                    Failure.GRPC_RESPONSE_TOO_LARGE,
                    "a message of " + sent.lastLength() + " bytes (expected: at most " + terms.maxResponseMessageBytes()
                            + ")");
            return null;
        }
        int hold = terms.maxResponseMessageBytes() == ClientTerms.UNLIMITED ? 0 : sent.prefixBytes();
        if (hold == 0) {
            return whole;
        }
        int pass = whole.length() - hold;
        heldPrefix = whole.getBuffer(pass, whole.length());
        return pass == 0 ? null : whole.getBuffer(0, pass);
    }

    @Override
    public @Nullable Buffer responseEnd(MultiMap trailers) {
        String given = trailers.get(STATUS);
        if (given != null) {
            status = GrpcStatus.parse(given);
        }
        if (status == null) {
            metrics.missingStatus();
            log.debug("event=missing_grpc_status route={} path={}", exchange.rule(), path);
        }
        if (!sent.atBoundary() && (status == null || status == GrpcStatus.OK)) {
            status = null;
            exchange.fail(Failure.UPSTREAM_INCOMPLETE, "the response has ended within a message");
        }
        return null;
    }

    // --- when it fails ---

    /** Trailers in place of the upstream's, unless the client waits for the rest of a message. */
    @Override
    public @Nullable Ending breakOff(Failure failure, String detail) {
        if (!tooLong && heldPrefix == null && !sent.atBoundary()) {
            return null;
        }
        MultiMap trailers = HttpHeaders.headers();
        tell(trailers, GrpcStatusTable.of(failure), detail);
        return new Ending(beforeTooLong, trailers);
    }

    @Override
    public void ended(@Nullable Failure failure) {
        if (failure != null) {
            status = GrpcStatusTable.of(failure);
        }
        GrpcMethod counted = method;
        if (counted == null) {
            counted = sent.messages() > 0 || status == GrpcStatus.OK ? metrics.answered(path) : metrics.other();
            counted.started(System.nanoTime() - exchange.ageNanos());
        }
        counted.handled(
                status == null ? GrpcStatus.UNKNOWN : status,
                exchange.ageNanos(),
                received.messages(),
                sent.messages());
    }

    /** As for its endpoint; clients take a call without a status for one of UNKNOWN. */
    @Override
    public boolean isServerFault() {
        return GrpcStatusTable.endpointStatus(status == null ? GrpcStatus.UNKNOWN : status) >= 500;
    }

    @Override
    public int status() {
        return status == null ? -1 : status.code();
    }

    /** Whether a head is that of a gRPC answer, the status of which follows its messages. */
    private static boolean isAnswer(int httpStatus, @Nullable String type) {
        return httpStatus == 200 && GrpcContent.isGrpc(type);
    }

    private static void tell(MultiMap fields, GrpcStatus status, String message) {
        fields.set(STATUS, status.text()).set(MESSAGE, GrpcReply.percentEncoded(message));
    }
}
