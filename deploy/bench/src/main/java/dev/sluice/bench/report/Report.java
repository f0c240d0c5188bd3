package dev.sluice.bench.report;

import dev.sluice.bench.report.Results.ScenarioResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes results down. */
public final class Report {

    static final String BEGIN = "<!-- bench:begin -->";
    static final String END = "<!-- bench:end -->";

    private Report() {}

    /** One scenario for a terminal. */
    public static String text(ScenarioResult result) {
        ScenarioTable scenario = new ScenarioTable(result);
        return "%s: %s%n%s%s%n"
                .formatted(
                        result.scenario().name(),
                        result.scenario().title(),
                        scenario.table().text(),
                        scenario.failures());
    }

    /** Writes {@code results.json} and a plot for each scenario. */
    public static void write(Results results, Path dir) throws IOException {
        Files.createDirectories(dir);
        Files.writeString(dir.resolve("results.json"), JsonResults.of(results).encodePrettily() + "\n");
        plots(results, dir);
    }

    /**
     * Puts results between the markers of a Markdown document, and its plots into the directory beside it that has its
     * name.
     *
     * @throws IOException when a file cannot be read or written
     * @throws IllegalArgumentException when the document has no markers
     */
    public static void document(Results results, Path document) throws IOException {
        String text = Files.readString(document);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException(document + " (expected: a document with " + BEGIN + " and " + END + ")");
        }
        String name = document.getFileName().toString().replaceFirst("\\.md$", "");
        plots(results, Files.createDirectories(document.toAbsolutePath().resolveSibling(name)));
        String rendered = new MarkdownResults(results, name).text();
        Files.writeString(document, text.substring(0, begin) + BEGIN + "\n\n" + rendered + "\n" + text.substring(end));
    }

    private static void plots(Results results, Path dir) throws IOException {
        for (ScenarioResult result : results.scenarios()) {
            Files.writeString(dir.resolve(result.scenario().name() + ".svg"), new SvgPlot(result).svg());
        }
    }
}
