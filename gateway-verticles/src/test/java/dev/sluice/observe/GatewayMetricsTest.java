package dev.sluice.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Defaults;
import dev.sluice.failure.Failure;
import io.vertx.core.http.HttpVersion;
import org.junit.jupiter.api.Test;

class GatewayMetricsTest {

    private static final long MILLISECOND = 1_000_000;

    @Test
    void sumsLoops() {
        LoopCounters firstCounters = new LoopCounters();
        LoopHistograms first = new LoopHistograms();
        LoopCounters secondCounters = new LoopCounters();
        LoopHistograms second = new LoopHistograms();
        try (GatewayMetrics metrics = new GatewayMetrics()) {
            metrics.add(firstCounters, first);
            metrics.add(secondCounters, second);
            firstCounters.increment(Metric.DOWNSTREAM_CONNECTIONS);
            secondCounters.add(Metric.DOWNSTREAM_CONNECTIONS, 2);
            secondCounters.increment(Metric.DOWNSTREAM_REQUESTS_ACTIVE);
            first.record(SampleExchange.ok(HttpVersion.HTTP_1_1, 200, MILLISECOND));
            second.record(SampleExchange.ok(HttpVersion.HTTP_1_0, 204, 1 + MILLISECOND));
            second.record(SampleExchange.ok(HttpVersion.HTTP_3, 404, 90_000 * MILLISECOND));
            first.record(SampleExchange.failed(Failure.NO_ROUTE, null));
            first.record(SampleExchange.failed(Failure.CONNECT_REFUSED, "default/down"));

            Exposition shown = Exposition.parse(metrics.scrape());
            assertEquals("counter", shown.type("gateway_downstream_connections_total"));
            assertEquals(3, shown.value("gateway_downstream_connections_total"));
            assertEquals(2, shown.value("gateway_event_loops"));
            assertEquals("gauge", shown.type("gateway_downstream_requests_active"));
            assertEquals(1, shown.value("gateway_downstream_requests_active"));

            assertEquals(2, shown.value("gateway_downstream_requests_total{code_class=\"2xx\",protocol=\"h1\"}"));
            assertEquals(1, shown.value("gateway_downstream_requests_total{code_class=\"4xx\",protocol=\"h3\"}"));
            assertEquals(1, shown.value("gateway_downstream_requests_total{code_class=\"4xx\",protocol=\"h2\"}"));
            assertEquals(1, shown.value("gateway_downstream_requests_total{code_class=\"5xx\",protocol=\"h2\"}"));
            assertFalse(shown.has("gateway_downstream_requests_total{code_class=\"2xx\",protocol=\"h2\"}"));

            assertEquals("histogram", shown.type("gateway_downstream_request_duration_seconds"));
            String h1 = "gateway_downstream_request_duration_seconds_bucket{code_class=\"2xx\",protocol=\"h1\",le=\"";
            assertEquals(0, shown.value(h1 + "5.0E-4\"}"));
            assertEquals(1, shown.value(h1 + "0.001\"}"));
            assertEquals(2, shown.value(h1 + "0.0025\"}"));
            assertEquals(2, shown.value(h1 + "+Inf\"}"));
            assertEquals(
                    0.002000001,
                    shown.value("gateway_downstream_request_duration_seconds_sum{code_class=\"2xx\",protocol=\"h1\"}"),
                    1e-12);
            String h3 = "gateway_downstream_request_duration_seconds_bucket{code_class=\"4xx\",protocol=\"h3\",le=\"";
            assertEquals(0, shown.value(h3 + "60.0\"}"));
            assertEquals(1, shown.value(h3 + "+Inf\"}"));

            assertEquals(2, shown.value("gateway_upstream_requests_total{backend=\"default/app\",code_class=\"2xx\"}"));
            assertEquals(
                    1, shown.value("gateway_upstream_requests_total{backend=\"default/down\",code_class=\"none\"}"));
            assertEquals(
                    0.003,
                    shown.value(
                            "gateway_upstream_request_duration_seconds_sum{backend=\"default/down\",code_class=\"none\"}"),
                    1e-12);

            assertEquals(
                    1,
                    shown.value(
                            "gateway_failures_total{error=\"destination_not_found\",failure=\"no_route\",flag=\"NR\"}"));
            assertEquals(
                    1,
                    shown.value(
                            "gateway_failures_total{error=\"connection_refused\",failure=\"connect_refused\",flag=\"UF\"}"));
        }
    }

    @Test
    void everyMetricIsShownWithoutLoops() {
        try (GatewayMetrics metrics = new GatewayMetrics()) {
            Exposition shown = Exposition.parse(metrics.scrape());
            for (Metric metric : Metric.values()) {
                assertEquals(0, shown.value(metric.exposedName()), metric.name());
                assertEquals(
                        metric.kind() == Metric.Kind.COUNTER ? "counter" : "gauge", shown.type(metric.exposedName()));
            }
            assertEquals(1, shown.value("gateway_info{java=\"" + Runtime.version() + "\",version=\"development\"}"));
            assertTrue(shown.value("jvm_threads_live_threads") > 0);
            assertTrue(shown.value("process_uptime_seconds") > 0);
        }
    }

    @Test
    void tellsOfReloads() {
        try (GatewayMetrics metrics = new GatewayMetrics()) {
            metrics.configAccepted(1_500);
            metrics.configRejected();
            Exposition shown = Exposition.parse(metrics.scrape());
            assertEquals(0, shown.value("gateway_config_last_reload_successful"));
            assertEquals(1.5, shown.value("gateway_config_last_reload_success_timestamp_seconds"));
            assertEquals(1, shown.value("gateway_config_reloads_total{result=\"accepted\"}"));
            assertEquals(1, shown.value("gateway_config_reloads_total{result=\"rejected\"}"));
            metrics.configAccepted(2_000);
            assertEquals(1, Exposition.parse(metrics.scrape()).value("gateway_config_last_reload_successful"));
        }
    }

    @Test
    void backendsAreBounded() {
        LoopHistograms histograms = new LoopHistograms();
        for (int i = 0; i < Defaults.MAX_BACKEND_SERIES + 5; i++) {
            histograms.record(SampleExchange.failed(Failure.CONNECT_REFUSED, "default/b" + i));
        }
        assertEquals(Defaults.MAX_BACKEND_SERIES + 1, histograms.backends().size());
        DurationTable others = histograms.backends().get(DurationTables.OTHER);
        assertEquals(5 * 3_000_000L, others == null ? -1 : others.sumNanos(0));
    }

    @Test
    void theParserIsStrict() {
        for (String wrong : new String[] {
            "a 1",
            "a 1\n",
            "# HELP a x\n# TYPE a counter\nb 1\n",
            "# HELP a x\n# TYPE a gauge\na 1\na 2\n",
            "# HELP a x\n# TYPE a gauge\na{b=c} 1\n"
        }) {
            assertThrows(AssertionError.class, () -> Exposition.parse(wrong), wrong);
        }
    }
}
