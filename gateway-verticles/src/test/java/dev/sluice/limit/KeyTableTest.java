package dev.sluice.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.spi.RateLimitLeases.Lease;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class KeyTableTest {

    private final List<String> closed = new ArrayList<>();
    private final Set<String> done = new HashSet<>();
    private final KeyTable<TestAccount> table = new KeyTable<>(3);

    private final class TestAccount implements Account {

        private final String key;

        TestAccount(String key) {
            this.key = key;
        }

        @Override
        public void lend(long wanted, Consumer<Lease> borrower) {}

        @Override
        public void giveBack(long tokens) {}

        @Override
        public boolean isDone() {
            return done.contains(key);
        }

        @Override
        public void close() {
            closed.add(key);
        }
    }

    private void use(String... keys) {
        for (String key : keys) {
            assertEquals(key, table.get(key, TestAccount::new).key);
        }
    }

    @Test
    void theOneThatWasNotUsedForLongestMakesRoom() {
        use("a", "b", "c", "a", "d");
        assertEquals(List.of("b"), closed);
        use("b");
        assertEquals(List.of("b", "c"), closed);
        assertEquals(3, table.size());
    }

    @Test
    void aSweepForgetsThoseThatAreDone() {
        use("a", "b", "c");
        done.addAll(Set.of("a", "c"));
        table.sweep();
        assertEquals(List.of("a"), closed); // what is behind one that stays was used later than that
        done.add("b");
        table.sweep();
        assertEquals(List.of("a", "b", "c"), closed);
        assertTrue(table.isEmpty());
    }
}
