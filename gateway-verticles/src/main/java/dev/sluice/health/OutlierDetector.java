package dev.sluice.health;

import dev.sluice.config.UpstreamTerms.Outliers;
import dev.sluice.observe.UpstreamCounters.EjectionReason;
import dev.sluice.upstream.Endpoint;
import dev.sluice.upstream.EndpointReport;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides which endpoints of one backend are left out because requests fail there, and for how long. Knows nothing of
 * timers and messages: it is told what loops report and when an interval is over.
 */
final class OutlierDetector {

    /** Equal rates are not always equal to their mean. */
    private static final double ROUNDING = 1e-9;

    private final LongSupplier millis;
    private final Consumer<EjectionReason> ejected;
    private final Map<Endpoint, History> histories = new HashMap<>();
    private Outliers terms;

    /**
     * Of a backend without endpoints.
     *
     * @param millis monotonic
     * @param ejected told of each ejection
     */
    OutlierDetector(Outliers terms, LongSupplier millis, Consumer<EjectionReason> ejected) {
        this.terms = terms;
        this.millis = millis;
        this.ejected = ejected;
    }

    /**
     * An endpoint that is left out.
     *
     * @param reason for people
     * @param sinceMillis when it began, by the detector's clock
     * @param untilMillis when it ends at the earliest
     */
    record Ejection(String reason, long sinceMillis, long untilMillis) {}

    private static final class History {
        private long successes;
        private long failures;
        private int total;
        /** How many times the base the last ejection took; shrinks with each interval without one. */
        private int times;

        private boolean intervalWithEjection;
        private @Nullable Ejection ejection;
        /** By the votes of other nodes; null unless {@link #ejection} is. */
        private @Nullable Ejection vote;
        /** When requests last met anything here, and when success. */
        private @Nullable Long usedMillis;

        private @Nullable Long successMillis;
    }

    /** Goes on by other terms; who is ejected stays so. */
    void terms(Outliers fresh) {
        terms = fresh;
    }

    /** These are all endpoints now; what is known of the remaining ones stays. */
    void endpoints(Collection<Endpoint> all) {
        histories.keySet().retainAll(Set.copyOf(all));
        all.forEach(endpoint -> histories.computeIfAbsent(endpoint, e -> new History()));
    }

    /** What one loop has seen. What comes from an endpoint that is ejected was on its way before. */
    void report(EndpointReport report) {
        History history = histories.get(report.endpoint());
        if (history == null || history.ejection != null) {
            return;
        }
        long now = millis.getAsLong();
        history.usedMillis = now;
        if (report.successes() > 0) {
            history.successMillis = now;
            history.vote = null; // what a node meets itself overrides what others say
        }
        history.successes += report.successes();
        history.failures += report.serverErrors() + report.gatewayErrors();
        if (report.gatewayErrorRun() && terms.consecutiveGatewayErrors() > 0) {
            eject(
                    history,
                    EjectionReason.CONSECUTIVE_GATEWAY_ERRORS,
                    terms.consecutiveGatewayErrors() + " gateway errors in a row");
        } else if (report.serverErrorRun() && terms.consecutive5xx() > 0) {
            eject(history, EjectionReason.CONSECUTIVE_5XX, terms.consecutive5xx() + " failures in a row");
        }
    }

    /** A probe that began then was successful: an endpoint ejected before may come back. */
    void probed(Endpoint endpoint, long begunMillis) {
        History history = histories.get(endpoint);
        if (history != null && history.ejection != null && history.ejection.sinceMillis() - begunMillis <= 0) {
            comeBack(history);
        }
    }

    /** {@link Outliers#interval()} has passed: lets those back whose time is over, and compares the others. */
    void interval() {
        long now = millis.getAsLong();
        for (History history : histories.values()) {
            if (history.ejection != null && history.ejection.untilMillis() - now <= 0) {
                comeBack(history);
            } else if (history.ejection == null && !history.intervalWithEjection && history.times > 0) {
                history.times--;
            }
            history.intervalWithEjection = history.ejection != null;
        }
        compare();
        for (History history : histories.values()) {
            history.successes = 0;
            history.failures = 0;
        }
    }

    /** How an endpoint is left out; null when it is not. */
    @Nullable
    Ejection ejection(Endpoint endpoint) {
        History history = histories.get(endpoint);
        return history == null ? null : history.ejection == null ? history.vote : history.ejection;
    }

    /** Whether an endpoint is left out for what this node's own requests have met. */
    boolean isEjectedHere(Endpoint endpoint) {
        History history = histories.get(endpoint);
        return history != null && history.ejection != null;
    }

    /** Whether requests have met anything at an endpoint within an interval. */
    boolean isUsed(Endpoint endpoint) {
        History history = histories.get(endpoint);
        return history != null && isRecent(history.usedMillis);
    }

    /**
     * Other nodes have voted: leaves an endpoint out while they say so, unless this node has ejected it itself or has met
     * success there within an interval.
     */
    void vote(Endpoint endpoint, boolean out) {
        History history = histories.get(endpoint);
        if (history == null) {
            return;
        }
        if (!out || history.ejection != null || isRecent(history.successMillis)) {
            history.vote = null;
        } else if (history.vote == null && mayEject()) {
            long now = millis.getAsLong();
            history.vote = new Ejection("ejected by most nodes of the cluster", now, now);
            history.total++;
            ejected.accept(EjectionReason.VOTE);
        }
    }

    private boolean isRecent(@Nullable Long atMillis) {
        return atMillis != null
                && millis.getAsLong() - atMillis <= terms.interval().toMillis();
    }

    /** How often an endpoint was ejected. */
    int ejections(Endpoint endpoint) {
        History history = histories.get(endpoint);
        return history == null ? 0 : history.total;
    }

    private static void comeBack(History history) {
        history.ejection = null;
        history.successes = 0;
        history.failures = 0;
    }

    /** With n endpoints none is more than sqrt(n-1) deviations off: a factor of 1.9 needs five of them. */
    private void compare() {
        if (terms.successRateFactor() <= 0) {
            return;
        }
        List<History> compared = histories.values().stream()
                .filter(history -> history.ejection == null
                        && history.successes + history.failures >= Math.max(1, terms.successRateRequests()))
                .sorted(Comparator.comparingDouble(OutlierDetector::successRate)) // not all may be ejected
                .toList();
        if (compared.size() < 2) {
            return;
        }
        double mean = compared.stream()
                .mapToDouble(OutlierDetector::successRate)
                .average()
                .orElseThrow();
        double variance = compared.stream()
                .mapToDouble(history -> Math.pow(successRate(history) - mean, 2))
                .average()
                .orElseThrow();
        double least = mean - terms.successRateFactor() / 1000.0 * Math.sqrt(variance);
        for (History history : compared) {
            double rate = successRate(history);
            if (rate < least - ROUNDING) {
                eject(
                        history,
                        EjectionReason.SUCCESS_RATE,
                        String.format(Locale.ROOT, "success rate %.1f%%, %.1f%% on average", 100 * rate, 100 * mean));
            }
        }
    }

    private static double successRate(History history) {
        return (double) history.successes / (history.successes + history.failures);
    }

    private void eject(History history, EjectionReason reason, String text) {
        if (!mayEject()) {
            return;
        }
        long base = terms.baseEjection().toMillis();
        long most = Math.max(base, terms.maxEjection().toMillis());
        long duration = Math.min(most, base * (history.times + 1));
        if (duration < most) {
            history.times++;
        }
        history.total++;
        history.vote = null;
        history.intervalWithEjection = true;
        long now = millis.getAsLong();
        history.ejection = new Ejection(text, now, now + duration);
        ejected.accept(reason);
    }

    private boolean mayEject() {
        long already = histories.values().stream()
                .filter(history -> history.ejection != null || history.vote != null)
                .count();
        return (already == 0 && histories.size() >= 2)
                || (already + 1) * 100 <= (long) histories.size() * terms.maxEjectionPercent();
    }
}
