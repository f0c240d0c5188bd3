package dev.sluice.admin;

import dev.sluice.observe.GatewayMetrics;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** Prometheus' text exposition. */
final class MetricsEndpoint implements AdminEndpoint {

    private final Vertx vertx;
    private final GatewayMetrics metrics;

    MetricsEndpoint(Vertx vertx, GatewayMetrics metrics) {
        this.vertx = vertx;
        this.metrics = metrics;
    }

    @Override
    public Map<String, String> paths() {
        return Map.of("/metrics", "metrics in Prometheus' text format");
    }

    @Override
    public void mount(Router router) {
        router.route("/metrics").handler(this::scrape);
    }

    /** Off the event loop, which may be one that forwards: the JVM's figures take milliseconds. */
    private void scrape(RoutingContext context) {
        vertx.executeBlocking(metrics::scrape, false)
                .onComplete(text -> AdminReply.text(context, 200, GatewayMetrics.CONTENT_TYPE, text), context::fail);
    }
}
