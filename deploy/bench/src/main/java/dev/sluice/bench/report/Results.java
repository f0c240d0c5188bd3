package dev.sluice.bench.report;

import dev.sluice.bench.measure.Machine;
import dev.sluice.bench.measure.Outcome;
import dev.sluice.bench.scenario.Scenario;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * All that a run of the bench found out.
 *
 * @param machine it ran on
 * @param command line
 * @param began when
 * @param took how long
 * @param workers of each peer
 * @param rounds of each scenario
 * @param versions of the peers by name, in the order of tables
 * @param notes what a reader should know
 * @param scenarios in the order they ran
 */
public record Results(
        Machine machine,
        String command,
        Instant began,
        Duration took,
        int workers,
        int rounds,
        Map<String, String> versions,
        List<String> notes,
        List<ScenarioResult> scenarios) {

    /**
     * One scenario.
     *
     * @param scenario which
     * @param runLength of each of its runs, zero when it has none
     * @param outcomes by peer, in the order of tables
     */
    public record ScenarioResult(Scenario scenario, Duration runLength, Map<String, Outcome> outcomes) {

        /** A peer's figure over that of the reference; empty when either is missing. */
        public OptionalDouble ratio(String peer, String reference) {
            OptionalDouble own = figure(peer);
            OptionalDouble other = figure(reference);
            return own.isEmpty() || other.isEmpty() || other.getAsDouble() <= 0
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(own.getAsDouble() / other.getAsDouble());
        }

        private OptionalDouble figure(String peer) {
            Outcome outcome = outcomes.get(peer);
            return outcome == null ? OptionalDouble.empty() : outcome.figure();
        }
    }
}
