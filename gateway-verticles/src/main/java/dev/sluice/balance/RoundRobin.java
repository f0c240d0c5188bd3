package dev.sluice.balance;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * In turn, by weight: each is due again after an interval of one over its weight, and who is due first is next (earliest
 * deadline first). Turns of one target lie as far apart as they can, so that a heavy one gets no burst.
 */
final class RoundRobin<T extends Target> extends LoadBalancer<T> {

    /** Places new targets between each other, however many there are (the golden ratio's low-discrepancy sequence). */
    private static final double GOLDEN_FRACTION = 0.6180339887498949;

    /** When time begins anew, long before doubles become coarse. */
    private static final double HORIZON = 1e6;

    private final List<T> targets;
    /** When each target is due. */
    private final double[] due;
    /** Their indices: a binary heap whose root is due first. */
    private final int[] heap;

    private double now;

    RoundRobin(List<T> targets, Map<T, Double> turns, SplittableRandom random) {
        this.targets = targets;
        this.due = new double[targets.size()];
        this.heap = new int[targets.size()];
        double phase = random.nextDouble(); // loops start at different places
        for (int i = 0; i < due.length; i++) {
            phase += GOLDEN_FRACTION;
            phase -= Math.floor(phase);
            T target = targets.get(i);
            due[i] = turns.getOrDefault(target, phase) / target.weight();
            heap[i] = i;
        }
        for (int i = heap.length / 2 - 1; i >= 0; i--) {
            sink(i);
        }
    }

    @Override
    T pick(long hash) {
        int next = heap[0];
        T target = targets.get(next);
        now = due[next];
        due[next] = now + 1.0 / target.weight();
        sink(0);
        if (now > HORIZON) {
            for (int i = 0; i < due.length; i++) {
                due[i] -= now;
            }
            now = 0;
        }
        return target;
    }

    /** Tells what is left of each target's interval, from 0 to 1. */
    @Override
    void turns(Map<T, Double> into) {
        for (int i = 0; i < due.length; i++) {
            T target = targets.get(i);
            into.put(target, Math.min(1, (due[i] - now) * target.weight()));
        }
    }

    private void sink(int from) {
        int moving = heap[from];
        int at = from;
        int child = 2 * at + 1;
        while (child < heap.length) {
            if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) {
                child++;
            }
            if (!isBefore(heap[child], moving)) {
                break;
            }
            heap[at] = heap[child];
            at = child;
            child = 2 * at + 1;
        }
        heap[at] = moving;
    }

    /** Of those that are due together, the first of the list. */
    private boolean isBefore(int one, int other) {
        return due[one] < due[other] || (due[one] == due[other] && one < other);
    }
}
