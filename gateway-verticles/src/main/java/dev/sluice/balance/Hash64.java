package dev.sluice.balance;

/** Hashes of 64 bits, the same on every node and in every version: whoever changes them moves all clients. */
public final class Hash64 {

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private Hash64() {}

    /** FNV-1a over the UTF-16 units, then {@link #mix}, without which similar texts lie close together. */
    public static long of(String text) {
        long hash = FNV_OFFSET;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * FNV_PRIME;
        }
        return mix(hash);
    }

    /** One of a sequence of hashes that a hash begins; the hash itself for 0. */
    static long nth(long hash, int n) {
        return n == 0 ? hash : mix(hash + n * GOLDEN);
    }

    /** Spreads each bit over all others (SplitMix64's finalizer, Stafford's variant 13). A bijection. */
    static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** A hash as a number from 0 to below 1. */
    static double fraction(long hash) {
        return (hash >>> 11) * 0x1.0p-53;
    }
}
