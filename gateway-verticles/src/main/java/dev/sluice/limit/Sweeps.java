package dev.sluice.limit;

/** Counts how often the accounts were looked through, so that each can tell when it was used last without a clock. */
final class Sweeps {

    private int number;

    int number() {
        return number;
    }

    void next() {
        number++;
    }
}
