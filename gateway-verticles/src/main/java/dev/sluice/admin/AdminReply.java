package dev.sluice.admin;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/** How the admin API answers: never cached, never taken for another type than it says. */
final class AdminReply {

    private AdminReply() {}

    /** Ends with indented JSON. */
    static void json(RoutingContext context, int status, JsonObject body) {
        text(context, status, "application/json", body.encodePrettily() + "\n");
    }

    /** Ends with {@code {"error": message}}. */
    static void error(RoutingContext context, int status, String message) {
        json(context, status, new JsonObject().put("error", message));
    }

    /** Ends with this text. */
    static void text(RoutingContext context, int status, String contentType, String body) {
        var unused = context.response() // a scraper that went away needs no answer
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, contentType)
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .putHeader("x-content-type-options", "nosniff")
                .end(body);
    }
}
