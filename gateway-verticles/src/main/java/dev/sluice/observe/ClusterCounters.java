package dev.sluice.observe;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What the metrics show of the cluster. From any thread. */
public final class ClusterCounters {

    /** Why something that another node told or asked was not taken. */
    public enum Ignored {
        /** Nobody here knows its type: the other node is newer. */
        UNKNOWN_TYPE,
        /** Its version is newer than the one known here. */
        NEWER_VERSION,
        /** It is not what its type and version promise. */
        MALFORMED;

        /** The label's value. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Of one moment: a number of members never goes with the judgement of another number. */
    private record Sight(int members, boolean isDegraded) {}

    private final Map<Ignored, LongAdder> ignored = new EnumMap<>(Ignored.class);
    private final LongAdder refused = new LongAdder();
    private volatile Sight sight = new Sight(1, false);
    private volatile long configDigests = 1;

    public ClusterCounters() {
        for (Ignored reason : Ignored.values()) {
            ignored.put(reason, new LongAdder());
        }
    }

    /** Counts one. */
    public void ignored(Ignored reason) {
        LongAdder count = ignored.get(reason);
        if (count != null) {
            count.increment();
        }
    }

    /** How many so far. */
    public long count(Ignored reason) {
        LongAdder count = ignored.get(reason);
        return count == null ? 0 : count.sum();
    }

    /** Counts a connection whose other end did not prove that it knows the secret. */
    public void refused() {
        refused.increment();
    }

    /** How many so far. */
    public long refusals() {
        return refused.sum();
    }

    /** How it stands with the cluster now. */
    public void set(int members, boolean isDegraded) {
        sight = new Sight(members, isDegraded);
    }

    /** So many different configurations are in use. */
    public void configDigests(long distinct) {
        configDigests = distinct;
    }

    /** How many different configurations are in use; 1 when all nodes agree, 0 before the first. */
    public long configDigests() {
        return configDigests;
    }

    /** Nodes in the cluster, this one included; 1 or more. */
    public int members() {
        return sight.members();
    }

    /** Whether less than the cluster's majority is in sight. */
    public boolean isDegraded() {
        return sight.isDegraded();
    }

    /** As {@link #members}; 0 when that is less than the majority. */
    public int membersUnlessDegraded() {
        Sight seen = sight;
        return seen.isDegraded() ? 0 : seen.members();
    }
}
