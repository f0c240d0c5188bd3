package dev.sluice.bench.report;

import dev.sluice.bench.load.LoadResult;
import dev.sluice.bench.measure.Median;
import dev.sluice.bench.measure.Outcome;
import dev.sluice.bench.measure.Run;
import dev.sluice.bench.peer.Peers;
import dev.sluice.bench.report.Results.ScenarioResult;
import dev.sluice.bench.scenario.Work;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;

/** One scenario as a table: medians over rounds, the worst of peaks, the sum of failures. */
final class ScenarioTable {

    private static final String RATIO = "× " + Peers.REFERENCE;

    private final ScenarioResult result;

    ScenarioTable(ScenarioResult result) {
        this.result = result;
    }

    Table table() {
        List<String> header =
                new ArrayList<>(List.of("peer", RATIO, result.scenario().work().figure()));
        if (result.scenario().work() instanceof Work.Pressure) {
            header.addAll(
                    List.of("user+sys", "req/s", "p50 ms", "p99 ms", "p99.9 ms", "peak MiB", "foreign %", "failed"));
        } else {
            header.add("least–most");
        }
        List<List<String>> rows = result.outcomes().entrySet().stream()
                .map(entry -> row(entry.getKey(), entry.getValue()))
                .toList();
        return new Table(header, rows);
    }

    /** What went wrong, a line for each peer with failures; empty when nothing did. */
    String failures() {
        return result.outcomes().entrySet().stream()
                .filter(entry -> entry.getValue() instanceof Outcome.Loaded)
                .map(entry -> Map.entry(entry.getKey(), (Outcome.Loaded) entry.getValue()))
                .filter(entry -> entry.getValue().failed() > 0)
                .map(entry -> "!! %s: %,d requests FAILED, the first: %s%n"
                        .formatted(
                                entry.getKey(),
                                entry.getValue().failed(),
                                entry.getValue().firstFailure()))
                .collect(Collectors.joining());
    }

    private List<String> row(String peer, Outcome outcome) {
        if (outcome instanceof Outcome.Nothing nothing) {
            return List.of(peer, nothing.why());
        }
        OptionalDouble ratio = result.ratio(peer, Peers.REFERENCE);
        List<String> row = new ArrayList<>(List.of(
                peer,
                ratio.isPresent() ? number("%.2f", ratio.getAsDouble()) : "-",
                figure(outcome.figure().orElseThrow())));
        if (outcome instanceof Outcome.Loaded loaded) {
            row.addAll(loadCells(loaded));
        } else if (outcome instanceof Outcome.Sampled sampled) {
            double least = sampled.samples().stream()
                    .mapToDouble(Double::doubleValue)
                    .min()
                    .orElseThrow();
            double most = sampled.samples().stream()
                    .mapToDouble(Double::doubleValue)
                    .max()
                    .orElseThrow();
            row.add(figure(least) + "–" + figure(most));
        }
        return row;
    }

    private static List<String> loadCells(Outcome.Loaded loaded) {
        List<Run> runs = loaded.runs();
        return List.of(
                figure(Median.of(runs, run -> run.cpuPerRequest().userMicros()))
                        + "+"
                        + figure(Median.of(runs, run -> run.cpuPerRequest().systemMicros())),
                number("%,.0f", Median.of(runs, Run::perSecond)),
                millis(runs, LoadResult::p50),
                millis(runs, LoadResult::p99),
                millis(runs, LoadResult::p999),
                number(
                        "%,.0f",
                        runs.stream().mapToLong(Run::peakResidentKib).max().orElseThrow() / 1024.0),
                number("%.0f", Median.of(runs, Run::foreignPercent)),
                loaded.failed() == 0 ? "0" : number("FAILED %,d", loaded.failed()));
    }

    /** Three digits that mean something. */
    static String figure(double value) {
        return number(value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%,.0f", value);
    }

    private static String millis(List<Run> runs, Function<LoadResult, Duration> latency) {
        return number("%.2f", Median.of(runs, run -> latency.apply(run.load()).toNanos() / 1e6));
    }

    private static String number(String format, Object value) {
        return String.format(Locale.ROOT, format, value);
    }
}
