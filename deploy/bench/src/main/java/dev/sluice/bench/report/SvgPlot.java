package dev.sluice.bench.report;

import dev.sluice.bench.measure.Median;
import dev.sluice.bench.measure.Outcome;
import dev.sluice.bench.report.Results.ScenarioResult;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One scenario as a bar for each peer, readable on light and on dark paper. */
final class SvgPlot {

    private static final int WIDTH = 720;
    private static final int LEFT = 170;
    private static final int RIGHT = 90;
    private static final int TOP = 56;
    private static final int BAR = 20;
    private static final int STEP = 30;
    private static final int TICKS = 5;

    private static final String STYLE =
            """
            <style>
              text { font: 13px sans-serif; fill: #1f2328; }
              .title { font-weight: bold; }
              .grid { stroke: #d0d7de; }
              .whole, .user { fill: #0969da; }
              .system { fill: #80ccff; }
              @media (prefers-color-scheme: dark) {
                text { fill: #e6edf3; }
                .grid { stroke: #3d444d; }
                .whole, .user { fill: #4493f8; }
                .system { fill: #1f4b82; }
              }
            </style>
            """;

    private final ScenarioResult result;
    private final List<Map.Entry<String, Outcome>> bars;
    private final double longest;

    SvgPlot(ScenarioResult result) {
        this.result = result;
        bars = result.outcomes().entrySet().stream()
                .filter(entry -> entry.getValue().figure().isPresent())
                .toList();
        longest = bars.stream()
                .mapToDouble(bar -> bar.getValue().figure().orElseThrow())
                .max()
                .orElse(0);
    }

    /** The document. */
    String svg() {
        int bottom = TOP + bars.size() * STEP;
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                WIDTH,
                bottom + 44,
                escape(result.scenario().name()));
        svg.append(STYLE);
        add(
                svg,
                "<text class=\"title\" x=\"8\" y=\"20\">%s</text>",
                escape(result.scenario().name()));
        add(svg, "<text x=\"8\" y=\"40\">%s</text>", escape(result.scenario().title()));
        axis(svg, bottom);
        for (int i = 0; i < bars.size(); i++) {
            bar(svg, bars.get(i), TOP + i * STEP);
        }
        return svg.append("</svg>\n").toString();
    }

    private void axis(StringBuilder svg, int bottom) {
        double step = step(longest / TICKS);
        for (int tick = 0; step > 0 && tick * step <= longest; tick++) {
            double x = LEFT + width(tick * step);
            add(svg, "<line class=\"grid\" x1=\"%1$.1f\" x2=\"%1$.1f\" y1=\"%2$d\" y2=\"%3$d\"/>", x, TOP - 6, bottom);
            add(
                    svg,
                    "<text text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>",
                    x,
                    bottom + 16,
                    tickLabel(tick * step));
        }
        boolean split = bars.stream().anyMatch(bar -> bar.getValue() instanceof Outcome.Loaded);
        add(
                svg,
                "<text text-anchor=\"middle\" x=\"%d\" y=\"%d\">%s, less is better</text>",
                LEFT + (WIDTH - LEFT - RIGHT) / 2,
                bottom + 36,
                escape(result.scenario().work().figure() + (split ? " (dark: user, light: system)" : "")));
    }

    private void bar(StringBuilder svg, Map.Entry<String, Outcome> bar, int y) {
        double figure = bar.getValue().figure().orElseThrow();
        double whole = width(figure);
        add(svg, "<text text-anchor=\"end\" x=\"%d\" y=\"%d\">%s</text>", LEFT - 8, y + 15, escape(bar.getKey()));
        if (bar.getValue() instanceof Outcome.Loaded loaded) {
            double share = Median.of(
                    loaded.runs(),
                    run -> run.cpu().userMicros() / Math.max(1, run.cpu().totalMicros()));
            rectangle(svg, "user", LEFT, y, whole * share);
            rectangle(svg, "system", LEFT + whole * share, y, whole * (1 - share));
        } else {
            rectangle(svg, "whole", LEFT, y, whole);
        }
        add(svg, "<text x=\"%.1f\" y=\"%d\">%s</text>", LEFT + whole + 6, y + 15, ScenarioTable.figure(figure));
    }

    private static void rectangle(StringBuilder svg, String kind, double x, int y, double width) {
        add(svg, "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>", kind, x, y, width, BAR);
    }

    /** Less than nothing, as memory may come out, is drawn as nothing. */
    private double width(double figure) {
        return longest <= 0 ? 0 : Math.max(0, figure / longest * (WIDTH - LEFT - RIGHT));
    }

    /** The next of 1, 2, 5, 10, 20, … */
    static double step(double atLeast) {
        if (atLeast <= 0) {
            return 0;
        }
        double power = Math.pow(10, Math.floor(Math.log10(atLeast)));
        double digit = atLeast / power;
        return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    }

    private static String tickLabel(double value) {
        return String.format(Locale.ROOT, value == Math.rint(value) ? "%,.0f" : "%.3g", value);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }

    private static void add(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
