package dev.sluice.filter;

import dev.sluice.config.FilterSpec.Cors;
import io.vertx.core.MultiMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code type: CORS}: the Fetch standard's protocol as Gateway API's {@code HTTPCORSFilter} has it.
 *
 * <p>Every preflight is answered here with 204, without CORS headers where the origin is not allowed. On other
 * responses the filter's word replaces the upstream's. A wildcard for methods or headers echoes what the preflight
 * asks for, which unlike {@code *} also allows {@code Authorization} and credentials. A wildcard for exposed headers
 * says nothing when credentials are allowed, because {@code *} would then be a header's name. The status of a gRPC call is
 * always exposed: {@code grpc-web} clients look for it in the head when that is all of the answer.
 */
final class CorsFilter implements HttpFilter {

    private static final int NO_CONTENT = 204;
    private static final String ANY = "*";

    private static final String ORIGIN = "origin";
    private static final String REQUEST_METHOD = "access-control-request-method";
    private static final String REQUEST_HEADERS = "access-control-request-headers";
    private static final String ALLOW_ORIGIN = "access-control-allow-origin";
    private static final String ALLOW_CREDENTIALS = "access-control-allow-credentials";
    private static final String EXPOSE_HEADERS = "access-control-expose-headers";
    private static final List<String> CALL_STATUS = List.of("grpc-status", "grpc-message", "grpc-status-details-bin");

    private final boolean anyOrigin;
    private final List<CorsOrigin> origins = new ArrayList<>();
    private final boolean credentials;
    private final String allowMethods;
    private final String allowHeaders;
    private final String exposeHeaders;
    private final String exposeHeadersOfCalls;
    private final String maxAge;

    /** @throws IllegalArgumentException when an origin has not the form {@code scheme://host[:port]} */
    CorsFilter(Cors spec) {
        anyOrigin = spec.allowOrigins().contains(ANY);
        for (String text : spec.allowOrigins()) {
            CorsOrigin origin = CorsOrigin.parse(text);
            if (origin != null && origin.host().indexOf('*') < 0) {
                origins.add(origin);
            } else if (!text.equals(ANY)) {
                throw new IllegalArgumentException(
                        "allowOrigins " + text + " (expected: *, scheme://host[:port] or scheme://*.suffix[:port])");
            }
        }
        credentials = spec.allowCredentials();
        allowMethods = String.join(", ", spec.allowMethods());
        allowHeaders = String.join(", ", spec.allowHeaders());
        List<String> exposed = credentials && spec.exposeHeaders().contains(ANY) ? List.of() : spec.exposeHeaders();
        exposeHeaders = String.join(", ", exposed);
        exposeHeadersOfCalls = exposed.contains(ANY) ? ANY : withCallStatus(exposed);
        maxAge = Integer.toString(spec.maxAgeSeconds());
    }

    private static String withCallStatus(List<String> exposed) {
        List<String> all = new ArrayList<>(exposed);
        for (String name : CALL_STATUS) {
            if (exposed.stream().noneMatch(name::equalsIgnoreCase)) {
                all.add(name);
            }
        }
        return String.join(", ", all);
    }

    @Override
    public FilterAction onRequest(FilterContext exchange) {
        MultiMap request = exchange.requestHeaders();
        if (!isPreflight(exchange)) {
            return FilterAction.CONTINUE;
        }
        MultiMap response = exchange.responseHeaders();
        if (allow(request.get(ORIGIN), response, exposeHeaders)) {
            setIfAny(response, "access-control-allow-methods", allowMethods, request.get(REQUEST_METHOD));
            setIfAny(response, "access-control-allow-headers", allowHeaders, request.get(REQUEST_HEADERS));
            response.set("access-control-max-age", maxAge);
        }
        return exchange.reply(NO_CONTENT, null);
    }

    @Override
    public void onResponse(FilterContext exchange) {
        if (!isPreflight(exchange)) {
            MultiMap request = exchange.requestHeaders();
            MultiMap response = exchange.responseHeaders();
            response.remove(ALLOW_ORIGIN);
            response.remove(ALLOW_CREDENTIALS);
            response.remove(EXPOSE_HEADERS);
            allow(
                    request.get(ORIGIN),
                    response,
                    GrpcContent.isCall(request.get("content-type")) ? exposeHeadersOfCalls : exposeHeaders);
        }
    }

    /** A page that may not read why a request has failed would have to guess. */
    @Override
    public void onFailure(FilterContext exchange) {
        onResponse(exchange);
    }

    private static boolean isPreflight(FilterContext exchange) {
        return exchange.method().equals("OPTIONS")
                && exchange.requestHeaders().contains(ORIGIN)
                && exchange.requestHeaders().contains(REQUEST_METHOD);
    }

    /** Sets what preflights and other responses share; false, when the origin is not allowed. */
    private boolean allow(@Nullable String origin, MultiMap response, String exposed) {
        boolean dependsOnOrigin = !anyOrigin || credentials;
        if (dependsOnOrigin && !response.contains("vary", "origin", true)) {
            // Also where nothing is allowed: a cache must not give this response to another origin.
            response.add("vary", "Origin");
        }
        if (origin == null || !isAllowed(origin)) {
            return false;
        }
        response.set(ALLOW_ORIGIN, dependsOnOrigin ? origin : ANY);
        if (credentials) {
            response.set(ALLOW_CREDENTIALS, "true");
        }
        if (!exposed.isEmpty()) {
            response.set(EXPOSE_HEADERS, exposed);
        }
        return true;
    }

    private boolean isAllowed(String origin) {
        if (anyOrigin) {
            return true;
        }
        CorsOrigin asked = CorsOrigin.parse(origin);
        if (asked == null || asked.anyPrefix()) {
            return false;
        }
        for (CorsOrigin allowed : origins) {
            if (allowed.takes(asked)) {
                return true;
            }
        }
        return false;
    }

    private static void setIfAny(MultiMap response, String name, String configured, @Nullable String asked) {
        String value = configured.equals(ANY) ? asked : configured;
        if (value != null && !value.isEmpty()) {
            response.set(name, value);
        }
    }
}
