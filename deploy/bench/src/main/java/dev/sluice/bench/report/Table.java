package dev.sluice.bench.report;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Rows of cells; the first column is text, the others are figures.
 *
 * @param header one cell for each column
 * @param rows as many cells each, or fewer when the last takes the rest of the line
 */
record Table(List<String> header, List<List<String>> rows) {

    /** Aligned for a terminal. */
    String text() {
        List<Integer> widths = IntStream.range(0, header.size())
                .mapToObj(column -> width(column))
                .toList();
        StringBuilder text = new StringBuilder(line(header, widths));
        rows.forEach(row -> text.append(line(row, widths)));
        return text.toString();
    }

    /** For a Markdown document. */
    String markdown() {
        StringBuilder text = new StringBuilder(markdownLine(header));
        text.append("|---|").append("--:|".repeat(header.size() - 1)).append('\n');
        rows.forEach(row -> text.append(markdownLine(row)));
        return text.toString();
    }

    private int width(int column) {
        return IntStream.concat(
                        IntStream.of(header.get(column).length()),
                        rows.stream().filter(row -> row.size() == header.size()).mapToInt(row -> row.get(column)
                                .length()))
                .max()
                .orElseThrow();
    }

    private String line(List<String> row, List<Integer> widths) {
        StringBuilder line = new StringBuilder(pad(row.get(0), firstWidth(widths.get(0)), false));
        for (int column = 1; column < row.size(); column++) {
            boolean rest = row.size() < header.size();
            line.append("  ").append(rest ? row.get(column) : pad(row.get(column), widths.get(column), true));
        }
        return line.toString().stripTrailing() + "\n";
    }

    /** Names of short rows count too. */
    private int firstWidth(int width) {
        return Math.max(
                width, rows.stream().mapToInt(row -> row.get(0).length()).max().orElse(0));
    }

    private static String pad(String cell, int width, boolean right) {
        String space = " ".repeat(width - cell.length());
        return right ? space + cell : cell + space;
    }

    private String markdownLine(List<String> row) {
        String cells = row.stream().map(cell -> cell.replace("|", "\\|")).collect(Collectors.joining(" | "));
        return "| " + cells + " |" + " |".repeat(header.size() - row.size()) + "\n";
    }
}
