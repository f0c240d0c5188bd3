package dev.sluice.observe;

/** Every plain counter and gauge of a loop: Prometheus name, kind and help. */
public enum Metric {
    DOWNSTREAM_CONNECTIONS("gateway_downstream_connections_total", Kind.COUNTER, "Client connections accepted"),
    DOWNSTREAM_CONNECTIONS_ACTIVE("gateway_downstream_connections_active", Kind.GAUGE, "Client connections open now"),
    DOWNSTREAM_REQUESTS_ACTIVE("gateway_downstream_requests_active", Kind.GAUGE, "Exchanges in flight"),
    DOWNSTREAM_BYTES_RECEIVED("gateway_downstream_received_bytes_total", Kind.COUNTER, "Request body bytes received"),
    DOWNSTREAM_BYTES_SENT("gateway_downstream_sent_bytes_total", Kind.COUNTER, "Response body bytes sent"),
    DOWNSTREAM_RESETS("gateway_downstream_resets_total", Kind.COUNTER, "Exchanges that clients reset or abandoned"),
    ABORTED_RESPONSES(
            "gateway_downstream_aborted_responses_total", Kind.COUNTER, "Responses broken off after their head"),
    DROPPED_TRAILERS(
            "gateway_dropped_trailers_total", Kind.COUNTER, "Trailer fields that the client could not be sent"),
    UPGRADED("gateway_upgraded_total", Kind.COUNTER, "Requests that became a tunnel"),
    UPGRADED_ACTIVE("gateway_upgraded_active", Kind.GAUGE, "Tunnels open now"),
    UPSTREAM_CONNECTS("gateway_upstream_connects_total", Kind.COUNTER, "Connections opened to upstreams"),
    UPSTREAM_CONNECT_FAILURES("gateway_upstream_connect_failures_total", Kind.COUNTER, "Connects that failed"),
    UPSTREAM_CONNECTS_ACTIVE("gateway_upstream_connects_active", Kind.GAUGE, "Connects to upstreams under way now"),
    UPSTREAM_CONNECTS_ABANDONED(
            "gateway_upstream_pool_connects_abandoned_total",
            Kind.COUNTER,
            "Connects given up because their request had been served by another connection, or was gone"),
    UPSTREAM_CONNECTIONS_ACTIVE("gateway_upstream_connections_active", Kind.GAUGE, "Upstream connections open now"),
    UPSTREAM_REQUESTS(
            "gateway_upstream_attempts_total", Kind.COUNTER, "Requests sent to upstreams, every try and copy counted"),
    UPSTREAM_REQUESTS_ACTIVE("gateway_upstream_requests_active", Kind.GAUGE, "Requests at upstreams now"),
    UPSTREAM_REQUESTS_PENDING("gateway_upstream_requests_pending", Kind.GAUGE, "Requests waiting for a connection"),
    UPSTREAM_RETRIES_ACTIVE("gateway_upstream_retries_active", Kind.GAUGE, "Retries under way that count in a budget"),
    UPSTREAM_RETRIES_REFUSED(
            "gateway_upstream_retries_refused_total", Kind.COUNTER, "Retries and hedges that a budget did not grant"),
    UPSTREAM_HEDGES("gateway_upstream_hedges_total", Kind.COUNTER, "Second tries beside one that took long"),
    MIRRORED_REQUESTS("gateway_mirrored_requests_total", Kind.COUNTER, "Copies sent by RequestMirror"),
    ACCESS_LOG_DROPPED(
            "gateway_access_log_dropped_lines_total", Kind.COUNTER, "Access log lines lost to a slow or full target"),
    BUGS("gateway_bugs_total", Kind.COUNTER, "Exceptions that should not happen");

    /** Prometheus metric types. */
    public enum Kind {
        COUNTER,
        GAUGE
    }

    private final String exposedName;
    private final Kind kind;
    private final String help;

    Metric(String exposedName, Kind kind, String help) {
        this.exposedName = exposedName;
        this.kind = kind;
        this.help = help;
    }

    /** The name in the exposition. */
    public String exposedName() {
        return exposedName;
    }

    public Kind kind() {
        return kind;
    }

    public String help() {
        return help;
    }
}
