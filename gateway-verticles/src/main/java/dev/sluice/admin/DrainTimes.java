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

    private static final String LAME_DUCK_MILLIS = "lameDuckMillis";
    private static final String DEADLINE_MILLIS = "deadlineMillis";

    /** The longest that can be written as a duration: four parts of 99999 hours. */
    private static final long MAX_MILLIS = Duration.ofHours(4 * 99_999L).toMillis();

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

    /** As {@link #toJson} wrote them; a peer may have written anything. */
    static DrainTimes of(JsonObject question) {
        for (String name : new String[] {LAME_DUCK_MILLIS, DEADLINE_MILLIS}) {
            Object millis = question.getValue(name);
            if (millis != null && !(millis instanceof Number number && isDuration(number))) {
                return new DrainTimes(null, null, name + "=" + millis + " (expected: 0.." + MAX_MILLIS + ")");
            }
        }
        return new DrainTimes(millis(question, LAME_DUCK_MILLIS), millis(question, DEADLINE_MILLIS), null);
    }

    private static boolean isDuration(Number millis) {
        return millis.longValue() == millis.doubleValue()
                && millis.longValue() >= 0
                && millis.longValue() <= MAX_MILLIS;
    }

    /** For another node; what is null is left out. */
    JsonObject toJson() {
        JsonObject json = new JsonObject();
        if (lameDuck != null) {
            json.put(LAME_DUCK_MILLIS, lameDuck.toMillis());
        }
        if (deadline != null) {
            json.put(DEADLINE_MILLIS, deadline.toMillis());
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
