package dev.sluice.bench.report;

import dev.sluice.bench.measure.Machine;
import dev.sluice.bench.report.Results.ScenarioResult;
import java.time.ZoneOffset;

/** Results as a section of a document. */
final class MarkdownResults {

    private final Results results;
    private final String plots;

    /** @param plots the directory of the plots, relative to the document */
    MarkdownResults(Results results, String plots) {
        this.results = results;
        this.plots = plots;
    }

    String text() {
        Machine machine = results.machine();
        StringBuilder text = new StringBuilder();
        text.append("`%s` on %s, %d min %d s, %d rounds, %d workers each.%n%n"
                .formatted(
                        results.command(),
                        results.began().atOffset(ZoneOffset.UTC).toLocalDate(),
                        results.took().toMinutes(),
                        results.took().toSecondsPart(),
                        results.rounds(),
                        results.workers()));
        text.append("%s, %d cores, %,d MiB; %s, %s; %s%n%n"
                .formatted(
                        machine.cpu(),
                        machine.cores(),
                        machine.memoryMib(),
                        machine.system(),
                        machine.kernel(),
                        machine.java()));
        results.versions().forEach((peer, version) -> text.append("- %s: %s%n".formatted(peer, version)));
        results.notes().forEach(note -> text.append("%n%s%n".formatted(note)));
        results.scenarios().forEach(result -> scenario(text, result));
        return text.toString();
    }

    private void scenario(StringBuilder text, ScenarioResult result) {
        String name = result.scenario().name();
        ScenarioTable table = new ScenarioTable(result);
        text.append("%n### %s%n%n%s.%n%n"
                .formatted(name, capitalized(result.scenario().title())));
        text.append(table.table().markdown());
        String failures = table.failures();
        if (!failures.isEmpty()) {
            text.append("\n```\n").append(failures).append("```\n");
        }
        text.append("%n![%s](%s/%s.svg)%n".formatted(name, plots, name));
    }

    private static String capitalized(String title) {
        return Character.toUpperCase(title.charAt(0)) + title.substring(1);
    }
}
