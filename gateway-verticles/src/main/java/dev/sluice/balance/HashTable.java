package dev.sluice.balance;

import java.util.List;

/** A policy whose table takes milliseconds to build, and serves again when the same targets come back. */
abstract class HashTable<T extends Target> extends LoadBalancer<T> {

    private final List<T> builtFor;
    private final int[] weights;

    HashTable(List<T> targets) {
        builtFor = List.copyOf(targets);
        weights = targets.stream().mapToInt(Target::weight).toArray();
    }

    @Override
    boolean serves(List<T> targets) {
        if (!targets.equals(builtFor)) {
            return false;
        }
        for (int i = 0; i < weights.length; i++) {
            if (targets.get(i).weight() != weights[i]) {
                return false;
            }
        }
        return true;
    }
}
