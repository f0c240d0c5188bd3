package dev.sluice.deploy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A cluster at one moment as {@code sluice top} shows it: a line that says how it is, its nodes, its slowest routes. */
final class TopView {

    private static final int DIGEST_SHOWN = 8;
    private static final List<String> NODES = List.of(
            "NODE", "PHASE", "VERSION", "REQ/S", "ERR/S", "IN-FLIGHT", "CONNECTIONS", "EPOCH", "CONFIG", "ADMIN");
    private static final List<String> ROUTES = List.of("SLOWEST ROUTES", "REQ/S", "ERR/S", "P50 MS", "P99 MS");

    private TopView() {}

    /**
     * Its lines.
     *
     * @param cluster what {@code /cluster} says
     * @param routes what {@code /routes?cluster=true} says
     * @param maxRoutes how many of these at most
     */
    static List<String> lines(JsonObject cluster, JsonObject routes, int maxRoutes) {
        List<JsonObject> nodes = objects(cluster.getJsonArray("nodes"));
        List<String> lines = new ArrayList<>();
        lines.add(summary(cluster, nodes));
        lines.add("");
        lines.addAll(table(Stream.concat(Stream.of(NODES), nodes.stream().map(TopView::node))
                .toList()));
        lines.add("");
        lines.addAll(table(Stream.concat(
                        Stream.of(ROUTES),
                        objects(routes.getJsonArray("routes")).stream()
                                .limit(maxRoutes)
                                .map(TopView::route))
                .toList()));
        objects(routes.getJsonArray("unanswered"))
                .forEach(silent -> lines.add(
                        "no figures of routes from " + silent.getString("node") + ": " + silent.getString("error")));
        return lines;
    }

    private static String summary(JsonObject cluster, List<JsonObject> nodes) {
        StringBuilder text = new StringBuilder();
        text.append(nodes.size()).append(nodes.size() == 1 ? " node" : " nodes");
        if (cluster.getBoolean("clustered")) {
            text.append(cluster.getBoolean("degraded") ? ", DEGRADED: no majority in sight" : ", whole");
        } else {
            text.append(", on its own");
        }
        text.append(String.format(
                Locale.ROOT,
                ", %.1f req/s, %.1f errors/s, %.0f in flight",
                sum(nodes, "requestsPerSecond"),
                sum(nodes, "errorsPerSecond"),
                sum(nodes, "inFlight")));
        long configs = nodes.stream()
                .map(node -> node.getJsonObject("config"))
                .filter(config -> config != null)
                .map(config -> config.getString("digest"))
                .distinct()
                .count();
        return configs > 1
                ? text.append(", ").append(configs).append(" CONFIGURATIONS").toString()
                : text.toString();
    }

    private static double sum(List<JsonObject> nodes, String figure) {
        return nodes.stream()
                .map(node -> node.getJsonObject("traffic"))
                .filter(traffic -> traffic != null)
                .mapToDouble(traffic -> traffic.getDouble(figure))
                .sum();
    }

    /** A node that is silent has no figures. */
    private static List<String> node(JsonObject node) {
        JsonObject traffic = node.getJsonObject("traffic", new JsonObject());
        JsonObject config = node.getJsonObject("config", new JsonObject());
        String digest = config.getString("digest", "-");
        return List.of(
                node.getString("id"),
                node.getString("phase"),
                node.getString("version", "-"),
                text(traffic, "requestsPerSecond"),
                text(traffic, "errorsPerSecond"),
                text(traffic, "inFlight"),
                text(traffic, "connections"),
                text(config, "epoch"),
                digest.substring(0, Math.min(DIGEST_SHOWN, digest.length())),
                node.getString("admin", "-"));
    }

    private static List<String> route(JsonObject route) {
        return List.of(
                route.getString("route"),
                text(route, "requestsPerSecond"),
                text(route, "errorsPerSecond"),
                text(route, "p50Millis"),
                text(route, "p99Millis"));
    }

    private static String text(JsonObject json, String field) {
        Object value = json.getValue(field);
        return value == null ? "-" : value.toString();
    }

    /** Columns as wide as what is in them: the first to the left, figures to the right. */
    private static List<String> table(List<List<String>> rows) {
        int[] widths = IntStream.range(0, rows.get(0).size())
                .map(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .toArray();
        return rows.stream().map(row -> line(row, widths)).toList();
    }

    private static String line(List<String> row, int[] widths) {
        String[] cells = new String[widths.length];
        Arrays.setAll(cells, column -> {
            String pad = " ".repeat(widths[column] - row.get(column).length());
            return column == 0 ? row.get(column) + pad : pad + row.get(column);
        });
        return String.join("  ", cells);
    }

    private static List<JsonObject> objects(JsonArray array) {
        return IntStream.range(0, array.size()).mapToObj(array::getJsonObject).toList();
    }
}
