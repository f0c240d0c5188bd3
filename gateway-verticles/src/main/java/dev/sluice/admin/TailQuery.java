package dev.sluice.admin;

import dev.sluice.observe.TailFilter;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a tail's request says, and how other nodes are told. */
final class TailQuery {

    private static final int LEAST_STATUS = 0;
    private static final int GREATEST_STATUS = 999;
    private static final Pattern STATUS = Pattern.compile("([1-5])(xx|[0-9]{2})");

    private TailQuery() {}

    /**
     * From {@code ?route=&status=&client=&path=&sample=}.
     *
     * @throws IllegalArgumentException saying what is wrong
     */
    static TailFilter of(HttpServerRequest request) {
        int from = LEAST_STATUS;
        int to = GREATEST_STATUS;
        String status = request.getParam("status");
        if (status != null) {
            Matcher parts = STATUS.matcher(status);
            if (!parts.matches()) {
                throw new IllegalArgumentException("status=" + status + " (expected: such as 503 or 5xx)");
            }
            boolean all = parts.group(2).equals("xx");
            from = Integer.parseInt(all ? parts.group(1) + "00" : status);
            to = all ? from + 99 : from;
        }
        String path = request.getParam("path");
        return new TailFilter(
                request.getParam("route"),
                from,
                to,
                request.getParam("client"),
                path == null ? "" : path,
                sample(request.getParam("sample")));
    }

    private static double sample(@Nullable String text) {
        double sample;
        try {
            sample = text == null ? 1 : Double.parseDouble(text);
        } catch (NumberFormatException e) {
            sample = 0;
        }
        if (!(sample > 0 && sample <= 1)) {
            throw new IllegalArgumentException("sample=" + text + " (expected: more than 0 and at most 1)");
        }
        return sample;
    }

    static JsonObject json(String id, TailFilter filter) {
        JsonObject json = new JsonObject()
                .put("id", id)
                .put("fromStatus", filter.fromStatus())
                .put("toStatus", filter.toStatus())
                .put("path", filter.path())
                .put("sample", filter.sample());
        ExchangeJson.putUnlessNull(json, "route", filter.route());
        ExchangeJson.putUnlessNull(json, "client", filter.client());
        return json;
    }

    static TailFilter filter(JsonObject json) {
        return new TailFilter(
                json.getString("route"),
                json.getInteger("fromStatus"),
                json.getInteger("toStatus"),
                json.getString("client"),
                json.getString("path"),
                json.getDouble("sample"));
    }
}
