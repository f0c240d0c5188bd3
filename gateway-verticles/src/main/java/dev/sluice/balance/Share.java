package dev.sluice.balance;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Targets that together take a part of the traffic.
 *
 * @param targets at least one
 * @param part of all requests, above 0 and up to 1
 */
record Share<T extends Target>(List<T> targets, double part) {

    /**
     * How many more than needed are taken for healthy: a priority hands on nothing until fewer than 1 in 1.4 of its
     * targets are fit (Envoy's overprovisioning factor).
     */
    private static final double OVERPROVISIONING = 1.4;

    /**
     * Divides the traffic: among priorities by health, within each by zone. The parts add up to 1; none are left when no
     * target is fit and health may not be ignored.
     *
     * <p>A priority takes up to 1.4 times the part of its targets that is fit, the next takes from what is left. When
     * all together cannot take everything, each takes in proportion, and those with fewer than
     * {@code panicPercent} fit ignore health. When not one target is fit, all are used alike.
     *
     * @param zone where the gateway stands; empty to give no zone preference
     * @param panicPercent 0 to never ignore health
     */
    static <T extends Target> List<Share<T>> divide(List<T> targets, String zone, int panicPercent) {
        Map<Integer, List<T>> priorities = new TreeMap<>();
        for (T target : targets) {
            priorities
                    .computeIfAbsent(target.priority(), key -> new ArrayList<>())
                    .add(target);
        }
        List<Share<T>> shares = new ArrayList<>();
        double capacity = 0;
        for (List<T> members : priorities.values()) {
            capacity += capacity(members);
        }
        if (capacity == 0) {
            if (panicPercent > 0) {
                for (List<T> members : priorities.values()) {
                    byZone(shares, members, members, zone, members.size() / (double) targets.size());
                }
            }
            return shares;
        }
        boolean overloaded = capacity < 1;
        double left = 1;
        for (List<T> members : priorities.values()) {
            double part = Math.min(left, capacity(members) / (overloaded ? capacity : 1));
            if (part > 0) {
                List<T> fit = members.stream().filter(Target::fit).toList();
                boolean panic = overloaded && fit.size() * 100L < (long) panicPercent * members.size();
                byZone(shares, members, panic ? members : fit, zone, part);
                left -= part;
            }
        }
        return shares;
    }

    private static double capacity(List<? extends Target> members) {
        long fit = members.stream().filter(Target::fit).count();
        return Math.min(1, OVERPROVISIONING * fit / members.size());
    }

    /**
     * Divides one priority's part. Every zone that has targets is taken to send as many requests as any other. So a zone
     * whose usable weight is at least its share of all zones keeps its requests; one with less keeps what it can bear,
     * and the rest goes to the zones with more, in proportion to what they have beyond their own.
     *
     * @param members all of the priority
     * @param usable those that may be used
     */
    private static <T extends Target> void byZone(
            List<Share<T>> shares, List<T> members, List<T> usable, String zone, double part) {
        List<T> local = inZone(usable, zone);
        if (zone.isEmpty() || local.isEmpty() || local.size() == usable.size()) {
            shares.add(new Share<>(usable, part));
            return;
        }
        double weight = weight(usable);
        double fair = 1.0
                / members.stream()
                        .map(Target::zone)
                        .filter(Predicate.not(String::isEmpty))
                        .distinct()
                        .count();
        double kept = Math.min(1, weight(local) / weight / fair);
        shares.add(new Share<>(local, part * kept));
        if (kept == 1) {
            return;
        }
        double beyond = 0;
        List<Share<T>> others = new ArrayList<>();
        for (String other : usable.stream()
                .map(Target::zone)
                .filter(name -> !name.equals(zone))
                .distinct()
                .sorted(Comparator.naturalOrder())
                .toList()) {
            List<T> there = inZone(usable, other);
            double spare = weight(there) / weight - (other.isEmpty() ? 0 : fair);
            if (spare > 0) {
                beyond += spare;
                others.add(new Share<>(there, spare));
            }
        }
        for (Share<T> other : others) {
            shares.add(new Share<>(other.targets, part * (1 - kept) * other.part / beyond));
        }
    }

    private static <T extends Target> List<T> inZone(List<T> targets, String zone) {
        return targets.stream().filter(target -> target.zone().equals(zone)).toList();
    }

    private static double weight(List<? extends Target> targets) {
        return targets.stream().mapToLong(Target::weight).sum();
    }
}
