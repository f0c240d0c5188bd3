package dev.sluice.failure;

/**
 * Every way an exchange can fail, with the answer it gets while no response head is sent. After that the response is
 * aborted instead. Rows follow {@code correctness.md} E1 and E2; {@code error} is the RFC 9209 {@code Proxy-Status}
 * error type, {@code flag} the letters that Envoy's users look for in an access log.
 */
public enum Failure {
    // --- the client's doing ---
    BAD_REQUEST(Where.DOWNSTREAM, 400, "http_request_error", "DPE", "The request is malformed"),
    METHOD_NOT_ALLOWED(Where.DOWNSTREAM, 405, "http_request_denied", "DPE", "The method is not allowed here"),
    /** A request's head took longer than its listener allows. */
    HEADER_TIMEOUT(Where.DOWNSTREAM, 408, "http_request_error", "DT", "The request head did not arrive in time"),
    /** The client stopped sending its request body. */
    REQUEST_BODY_TIMEOUT(Where.DOWNSTREAM, 408, "http_request_error", "DT", "The request body did not arrive in time"),
    /** Its request body came more slowly than the listener's least rate. */
    REQUEST_TOO_SLOW(Where.DOWNSTREAM, 408, "http_request_error", "DT", "The request body came too slowly"),
    BODY_TOO_LARGE(Where.DOWNSTREAM, 413, "http_request_error", "DPE", "The request body is too large"),
    EXPECTATION_FAILED(Where.DOWNSTREAM, 417, "http_request_error", "DPE", "Only 100-continue may be expected"),
    URI_TOO_LONG(Where.DOWNSTREAM, 414, "http_request_error", "DPE", "The request target is too long"),
    HEADERS_TOO_LARGE(Where.DOWNSTREAM, 431, "http_request_error", "DPE", "The request header fields are too large"),
    TRANSFER_CODING(
            Where.DOWNSTREAM,
            501,
            "http_request_error",
            "DPE",
            "The only transfer coding that is understood is chunked"),
    VERSION_NOT_SUPPORTED(Where.DOWNSTREAM, 505, "http_request_error", "DPE", "The HTTP version is not supported"),
    /** The client reset its stream or closed its connection; 499 is for the log, nobody receives it. */
    CLIENT_CLOSED(Where.DOWNSTREAM, 499, "connection_terminated", "DC", "The client went away"),
    /** It took its response more slowly than the listener's least rate; the log's 499, nobody receives it. */
    CLIENT_TOO_SLOW(Where.DOWNSTREAM, 499, "connection_timeout", "DT", "The client did not read its response"),
    /** A filter aborted the client's connection; nobody receives this either. */
    CONNECTION_ABORTED(Where.DOWNSTREAM, 499, "connection_terminated", "DC", "The connection was aborted"),
    // --- the gateway's own decisions ---
    /** A filter broke the exchange off. */
    FILTER_ABORT(Where.GATEWAY, 500, "proxy_internal_response", "DF", "A filter of the gateway broke the exchange off"),
    NO_ROUTE(Where.GATEWAY, 404, "destination_not_found", "NR", "No route matches the request"),
    /** Gateway API: a rule whose backends all have weight 0. */
    NO_BACKEND(Where.GATEWAY, 500, "proxy_configuration_error", "NC", "The route has no backend to forward to"),
    LOOP_DETECTED(Where.GATEWAY, 502, "proxy_loop_detected", "LR", "The request already passed through this gateway"),
    /** A RateLimit's bucket is empty. */
    RATE_LIMITED(Where.GATEWAY, 429, "http_request_denied", "RL", "Too many requests"),
    UPGRADE_REQUIRED(Where.GATEWAY, 426, "http_request_denied", "LR", "The only upgrade here is to WebSocket"),
    PROTOCOL_NOT_IMPLEMENTED(Where.GATEWAY, 501, "http_request_denied", "LR", "The protocol is not known here"),
    TOO_MANY_UPGRADES(Where.GATEWAY, 503, "connection_limit_reached", "UO", "Too many connections are upgraded"),
    REQUEST_TIMEOUT(Where.GATEWAY, 504, "http_response_timeout", "UT", "The request took longer than its route allows"),
    /** By the admin API. */
    OPERATOR_RESET(Where.GATEWAY, 503, "connection_terminated", "LR", "An operator of the gateway ended the request"),
    DRAINING(Where.GATEWAY, 503, "proxy_internal_error", "LR", "The gateway is shutting down"),
    INTERNAL(Where.GATEWAY, 500, "proxy_internal_error", "LR", "The gateway failed; this is a bug"),
    // --- getting a connection ---
    NO_ENDPOINT(Where.UPSTREAM, 503, "destination_unavailable", "UH", "The backend has no endpoint"),
    OVERFLOW(Where.UPSTREAM, 503, "connection_limit_reached", "UO", "Too many requests wait for the backend"),
    POOL_TIMEOUT(
            Where.UPSTREAM, 503, "connection_limit_reached", "UO", "No connection to the backend came free in time"),
    DNS_ERROR(Where.UPSTREAM, 502, "dns_error", "UF", "The backend's name does not resolve"),
    CONNECT_REFUSED(Where.UPSTREAM, 502, "connection_refused", "UF", "The backend refused the connection"),
    CONNECT_TIMEOUT(Where.UPSTREAM, 504, "connection_timeout", "UF", "Connecting to the backend timed out"),
    CONNECT_FAILED(Where.UPSTREAM, 502, "destination_ip_unroutable", "UF", "The backend cannot be reached"),
    TLS_ERROR(Where.UPSTREAM, 502, "tls_protocol_error", "UF", "The TLS handshake with the backend failed"),
    TLS_CERTIFICATE(Where.UPSTREAM, 502, "tls_certificate_error", "UF", "The backend's certificate is not trusted"),
    /** Only HTTP/1.1 can become a tunnel. */
    UPGRADE_UNSUPPORTED(
            Where.UPSTREAM, 502, "proxy_configuration_error", "UPE", "The backend's protocol cannot be upgraded"),
    // --- on an upstream stream ---
    UPSTREAM_CLOSED(Where.UPSTREAM, 502, "connection_terminated", "UC", "The backend closed the connection"),
    UPSTREAM_INCOMPLETE(Where.UPSTREAM, 502, "http_response_incomplete", "UC", "The backend's response broke off"),
    /** The connection was lost behind the response's head; an end in good order that comes too early is the row above. */
    UPSTREAM_LOST(Where.UPSTREAM, 502, "http_response_incomplete", "UC", "The connection to the backend broke off"),
    UPSTREAM_PROTOCOL(Where.UPSTREAM, 502, "http_protocol_error", "UPE", "The backend's answer is not valid HTTP"),
    UPSTREAM_RESET(Where.UPSTREAM, 502, "connection_terminated", "UR", "The backend reset the stream"),
    UPSTREAM_REFUSED_STREAM(Where.UPSTREAM, 503, "destination_unavailable", "UR", "The backend refused the stream"),
    /** HTTP/2's INADEQUATE_SECURITY. */
    UPSTREAM_INSECURE(Where.UPSTREAM, 502, "tls_protocol_error", "UR", "The backend asks for better encryption"),
    UPSTREAM_CALM(Where.UPSTREAM, 503, "destination_unavailable", "UR", "The backend asks for fewer requests"),
    UPSTREAM_TIMEOUT(Where.UPSTREAM, 504, "http_response_timeout", "UT", "The backend did not answer in time"),
    STREAM_IDLE(Where.UPSTREAM, 504, "http_response_timeout", "SI", "Nothing was sent or received for too long"),
    // --- in calls, whose messages and statuses the gateway knows ---
    UNSUPPORTED_MEDIA_TYPE(Where.DOWNSTREAM, 415, "http_request_denied", "DPE", "Only gRPC is served here"),
    /** A gRPC client on HTTP/1, which has no trailers that a gRPC server would rely on. */
    GRPC_NEEDS_HTTP2(Where.DOWNSTREAM, 505, "http_request_denied", "DPE", "gRPC needs HTTP/2 or HTTP/3"),
    GRPC_REQUEST_TOO_LARGE(Where.DOWNSTREAM, 413, "http_request_denied", "DPE", "A message is too large"),
    /** The endpoint is not to blame: the limit is its route's. */
    GRPC_RESPONSE_TOO_LARGE(
            Where.GATEWAY, 502, "http_response_body_size", "LR", "A message of the answer is too large");

    /** Whose side the failure lies on. */
    public enum Where {
        DOWNSTREAM,
        GATEWAY,
        UPSTREAM
    }

    private final Where where;
    private final int status;
    private final String error;
    private final String flag;
    private final String text;

    Failure(Where where, int status, String error, String flag, String text) {
        this.where = where;
        this.status = status;
        this.error = error;
        this.flag = flag;
        this.text = text;
    }

    /** Whose side the failure lies on. */
    public Where where() {
        return where;
    }

    /** The HTTP status of the answer, 400..599. */
    public int status() {
        return status;
    }

    /** The RFC 9209 section 2.3 error type, or an HTTP one of section 2.3.30 and following. */
    public String error() {
        return error;
    }

    /** Envoy's response flag letters. */
    public String flag() {
        return flag;
    }

    /** One sentence for the client. */
    public String text() {
        return text;
    }
}
