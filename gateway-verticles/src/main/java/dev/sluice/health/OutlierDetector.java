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
        return history == null ? null : history.ejection;
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
        history.intervalWithEjection = true;
        long now = millis.getAsLong();
        history.ejection = new Ejection(text, now, now + duration);
        ejected.accept(reason);
    }

    private boolean mayEject() {
        long already = histories.values().stream()
                .filter(history -> history.ejection != null)
                .count();
        return (already == 0 && histories.size() >= 2)
                || (already + 1) * 100 <= (long) histories.size() * terms.maxEjectionPercent();
    }
}
