package dev.sluice.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Times of a drain as one node tells them to another. */
final class DrainTimesTest {

    @ParameterizedTest
    @CsvSource({"0, 0", "1000, 359999", "1439985600000, 1439985600000"})
    void areReadAsTheyWereWritten(long lameDuck, long deadline) {
        DrainTimes times = new DrainTimes(Duration.ofMillis(lameDuck), Duration.ofMillis(deadline), null);
        assertEquals(times, DrainTimes.of(new JsonObject(times.toJson().encode())));
    }

    @Test
    void mayBeLeftOut() {
        assertEquals(new DrainTimes(null, null, null), DrainTimes.of(new JsonObject()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1",
                "-9223372036854775808",
                "1439985600001",
                "9223372036854775807",
                "1.5",
                "\"1000\"",
                "true",
                "{}"
            })
    void areRefusedWhenTheyAreNone(String millis) {
        for (String name : new String[] {"lameDuckMillis", "deadlineMillis"}) {
            JsonObject question = new JsonObject("{\"" + name + "\": " + millis + "}");
            DrainTimes times = DrainTimes.of(question);
            assertNull(times.lameDuck());
            assertNull(times.deadline());
            assertEquals(name + "=" + question.getValue(name) + " (expected: 0..1439985600000)", times.problem());
        }
    }
}
