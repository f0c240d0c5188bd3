package dev.sluice.balance;

import dev.sluice.config.Defaults;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/**
 * Consistent hashing by a table (Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016,
 * section 3.4). Each target has an order of its own over all places, and they take turns in taking the first that is
 * free. Evener than a ring; when a target leaves, a few places of others change hands too.
 *
 * <p>Weights as in Envoy: the heaviest takes a place in each round, others in as many rounds in proportion.
 */
final class Maglev<T extends Target> extends HashTable<T> {

    private static final int SIZE = Defaults.MAGLEV_TABLE;

    private final List<T> targets;
    private final char[] table = new char[SIZE];

    Maglev(List<T> unsorted) {
        super(unsorted);
        // By name, so that every node builds the same table; the heaviest first, as groups take turns together.
        targets = unsorted.stream()
                .sorted(Comparator.<T>comparingInt(Target::weight).reversed().thenComparing(Target::name))
                .limit(Character.MAX_VALUE)
                .toList();
        fill(groups());
    }

    @Override
    T pick(long hash) {
        return targets.get(table[(int) Long.remainderUnsigned(hash, SIZE)]);
    }

    /** Targets of one weight: those that take places in the same rounds. */
    private static final class Group {
        final int first;
        final int weight;
        int end;
        /** Grows by the heaviest weight with each round that the group takes part in. */
        long paid;

        Group(int first, int weight) {
            this.first = first;
            this.weight = weight;
        }
    }

    private List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        Group current = null;
        for (int i = 0; i < targets.size(); i++) {
            int weight = targets.get(i).weight();
            if (current == null || current.weight != weight) {
                current = new Group(i, weight);
                groups.add(current);
            }
            current.end = i + 1;
        }
        return groups;
    }

    private void fill(List<Group> groups) {
        int[] next = new int[targets.size()];
        int[] step = new int[targets.size()];
        for (int i = 0; i < next.length; i++) {
            long hash = Hash64.of(targets.get(i).name());
            next[i] = (int) Long.remainderUnsigned(Hash64.nth(hash, 1), SIZE);
            step[i] = 1 + (int) Long.remainderUnsigned(Hash64.nth(hash, 2), SIZE - 1);
        }
        BitSet taken = new BitSet(SIZE); // fits into the fastest cache, where the table does not
        int heaviest = groups.get(0).weight;
        int free = SIZE;
        for (long round = 1; ; round++) {
            for (Group group : groups) {
                if (round * group.weight < group.paid) {
                    continue;
                }
                group.paid += heaviest;
                for (int i = group.first; i < group.end; i++) {
                    next[i] = take(i, next[i], step[i], taken);
                    if (--free == 0) {
                        return;
                    }
                }
            }
        }
    }

    /** Gives a target the first free place of its order, from {@code from} on; returns the one behind it. */
    private int take(int target, int from, int step, BitSet taken) {
        int place = from;
        while (taken.get(place)) {
            place = after(place, step);
        }
        taken.set(place);
        table[place] = (char) target;
        return after(place, step);
    }

    private static int after(int place, int step) {
        int next = place + step;
        return next >= SIZE ? next - SIZE : next;
    }
}
