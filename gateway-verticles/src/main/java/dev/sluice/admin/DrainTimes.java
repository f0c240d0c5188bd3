package dev.sluice.admin;

import dev.sluice.config.load.Durations;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a request to drain says of its times.
 *
 * @param lameDuck null when it says nothing
 * @param deadline null when it says nothing
 * @param problem null when both are durations
 */
record DrainTimes(@Nullable Duration lameDuck, @Nullable Duration deadline, @Nullable String problem) {

    /** From {@code ?lameDuck=} and {@code ?deadline=}. */
    static DrainTimes of(HttpServerRequest request) {
        for (String name : new String[] {"lameDuck", "deadline"}) {
            String text = request.getParam(name);
            if (text != null && !Durations.isDuration(text)) {
                return new DrainTimes(null, null, name + "=" + text + " (expected: a duration such as 10s)");
            }
        }
        return new DrainTimes(duration(request.getParam("lameDuck")), duration(request.getParam("deadline")), null);
    }

    /** As {@link #toJson} wrote them. */
    static DrainTimes of(JsonObject question) {
        return new DrainTimes(millis(question, "lameDuckMillis"), millis(question, "deadlineMillis"), null);
    }

    /** For another node; what is null is left out. */
    JsonObject toJson() {
        JsonObject json = new JsonObject();
        if (lameDuck != null) {
            json.put("lameDuckMillis", lameDuck.toMillis());
        }
        if (deadline != null) {
            json.put("deadlineMillis", deadline.toMillis());
        }
        return json;
    }

    private static @Nullable Duration millis(JsonObject question, String name) {
        Long millis = question.getLong(name);
        return millis == null ? null : Duration.ofMillis(millis);
    }

    private static @Nullable Duration duration(@Nullable String text) {
        return text == null ? null : Durations.parse(text);
    }
}
