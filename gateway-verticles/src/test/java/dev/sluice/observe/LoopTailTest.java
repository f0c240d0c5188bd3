package dev.sluice.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Defaults;
import io.vertx.core.http.HttpVersion;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoopTailTest {

    private static final TailFilter ALL = new TailFilter(null, 0, 999, null, "", 1);

    private final List<ExchangeRecord> logged = new ArrayList<>();
    private long now = 1;
    private double random;
    private final LoopTail tail = new LoopTail(
            new AccessLog() {
                @Override
                public void log(ExchangeRecord exchange) {
                    logged.add(exchange);
                }

                @Override
                public void close() {}
            },
            () -> now,
            () -> random);

    private static SampleExchange exchange(int status) {
        return SampleExchange.ok(HttpVersion.HTTP_2, status, 1_000);
    }

    private List<Integer> statuses(TailFilter filter) {
        return tail.poll("a", filter).lines().stream().map(TailLine::status).toList();
    }

    @Test
    void showsWhatEndsBetweenPollsAndLogsAll() {
        tail.log(exchange(200));
        assertEquals(List.of(), statuses(ALL));
        tail.log(exchange(201));
        tail.log(exchange(202));
        assertEquals(List.of(201, 202), statuses(ALL));
        assertEquals(List.of(), statuses(ALL));
        assertEquals(3, logged.size());
    }

    @Test
    void takesWhatTheFilterSays() {
        ExchangeRecord sample = exchange(503);
        String client = sample.clientIp();
        for (TailFilter takes : List.of(
                ALL,
                new TailFilter("default/r", 500, 599, client, "/p?", 1),
                new TailFilter("default/r[0]", 503, 503, null, "/", 1))) {
            assertTrue(takes.takes(sample), takes.toString());
        }
        for (TailFilter not : List.of(
                new TailFilter("default/", 0, 999, null, "", 1),
                new TailFilter("default/r[1]", 0, 999, null, "", 1),
                new TailFilter(null, 0, 502, null, "", 1),
                new TailFilter(null, 504, 999, null, "", 1),
                new TailFilter(null, 0, 999, client + "1", "", 1),
                new TailFilter(null, 0, 999, null, "/q", 1))) {
            assertFalse(not.takes(sample), not.toString());
        }
    }

    @Test
    void samples() {
        TailFilter half = new TailFilter(null, 0, 999, null, "", 0.5);
        statuses(half);
        random = 0.5;
        tail.log(exchange(200));
        random = 0.49;
        tail.log(exchange(201));
        assertEquals(List.of(201), statuses(half));
    }

    @Test
    void countsWhatIsTooMuch() {
        statuses(ALL);
        for (int i = 0; i < Defaults.TAIL_LINES + 3; i++) {
            tail.log(exchange(200));
        }
        LoopTail.Batch batch = tail.poll("a", ALL);
        assertEquals(Defaults.TAIL_LINES, batch.lines().size());
        assertEquals(3, batch.dropped());
        assertEquals(0, tail.poll("a", ALL).dropped());
    }

    @Test
    void forgetsWhoDoesNotAskAndRefusesTooMany() {
        for (int i = 0; i < Defaults.MAX_TAILS; i++) {
            assertFalse(tail.poll("tail " + i, ALL).refused());
        }
        assertTrue(tail.poll("a", ALL).refused());
        now += Defaults.TAIL_TTL.toNanos() + 1;
        assertFalse(tail.poll("a", ALL).refused());
        tail.log(exchange(200));
        assertEquals(List.of(200), statuses(ALL));
        assertEquals(List.of(), tail.poll("tail 0", ALL).lines());
    }
}
