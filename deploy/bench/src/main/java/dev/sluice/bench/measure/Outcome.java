package dev.sluice.bench.measure;

import java.util.List;
import java.util.OptionalDouble;

/** What came of one peer in one scenario. */
public sealed interface Outcome {

    /** The main figure, of which less is better; empty when there is none. */
    OptionalDouble figure();

    /**
     * Load, one run a round; the figure is the median of CPU µs per request.
     *
     * @param runs at least one
     */
    record Loaded(List<Run> runs) implements Outcome {
        @Override
        public OptionalDouble figure() {
            return OptionalDouble.of(Median.of(runs, run -> run.cpuPerRequest().totalMicros()));
        }

        /** Failed requests of all rounds. */
        public long failed() {
            return runs.stream().mapToLong(run -> run.load().failed()).sum();
        }

        /** What the first failure was, empty when there was none. */
        public String firstFailure() {
            return runs.stream()
                    .map(run -> run.load().firstFailure())
                    .filter(failure -> !failure.isEmpty())
                    .findFirst()
                    .orElse("");
        }
    }

    /**
     * The figure itself was measured; it is the median.
     *
     * @param samples at least one
     */
    record Sampled(List<Double> samples) implements Outcome {
        @Override
        public OptionalDouble figure() {
            return OptionalDouble.of(Median.of(samples, Double::doubleValue));
        }
    }

    /**
     * Nothing.
     *
     * @param why as tables say it; {@code -} for what the peer cannot do
     */
    record Nothing(String why) implements Outcome {
        @Override
        public OptionalDouble figure() {
            return OptionalDouble.empty();
        }
    }
}
