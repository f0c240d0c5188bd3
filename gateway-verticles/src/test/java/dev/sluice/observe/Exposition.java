package dev.sluice.observe;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prometheus' text format 0.0.4, read strictly: every sample belongs to the family announced by HELP and TYPE right
 * above it, no family and no series comes twice, and histograms add up.
 */
final class Exposition {

    private static final Pattern HELP = Pattern.compile("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)");
    private static final Pattern TYPE =
            Pattern.compile("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)");
    private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\"";
    private static final Pattern SAMPLE = Pattern.compile(
            "([a-zA-Z_:][a-zA-Z0-9_:]*)((?:\\{" + LABEL + "(?:," + LABEL + ")*,?\\})?) (NaN|[+-]Inf|[-+0-9.eE]+)");

    private final Map<String, String> types = new LinkedHashMap<>();
    private final Map<String, Double> samples = new LinkedHashMap<>();

    static Exposition parse(String text) {
        Exposition exposition = new Exposition();
        if (!text.endsWith("\n")) {
            throw new AssertionError("no line end at the end");
        }
        String help = "";
        String family = "";
        for (String line : text.substring(0, text.length() - 1).split("\n", -1)) {
            Matcher helpLine = HELP.matcher(line);
            Matcher typeLine = TYPE.matcher(line);
            Matcher sample = SAMPLE.matcher(line);
            if (helpLine.matches()) {
                help = helpLine.group(1);
            } else if (typeLine.matches()) {
                family = typeLine.group(1);
                if (!help.equals(family) || exposition.types.put(family, typeLine.group(2)) != null) {
                    throw new AssertionError("TYPE without its HELP, or twice: " + line);
                }
            } else if (sample.matches()) {
                exposition.sample(family, sample);
            } else {
                throw new AssertionError("not a line of the format: " + line);
            }
        }
        exposition.checkHistograms();
        return exposition;
    }

    double value(String series) {
        Double value = samples.get(series);
        if (value == null) {
            throw new AssertionError("no series " + series + " in " + samples.keySet());
        }
        return value;
    }

    boolean has(String series) {
        return samples.containsKey(series);
    }

    String type(String family) {
        return types.getOrDefault(family, "none");
    }

    private void sample(String family, Matcher sample) {
        String name = sample.group(1);
        boolean belongs = name.equals(family)
                || (type(family).equals("histogram") && name.matches(Pattern.quote(family) + "_(bucket|sum|count)"))
                || (type(family).equals("summary") && name.matches(Pattern.quote(family) + "_(sum|count)"));
        String value = sample.group(3).replace("Inf", "Infinity");
        if (!belongs || samples.put(name + sample.group(2), Double.valueOf(value)) != null) {
            throw new AssertionError("sample outside its family, or twice: " + sample.group());
        }
    }

    /** Buckets never fall, and the infinite one is the count. */
    private void checkHistograms() {
        Map<String, Double> last = new HashMap<>();
        samples.forEach((series, value) -> {
            if (series.contains("_bucket{")) {
                String key = series.replaceAll(",?le=\"[^\"]*\"", "")
                        .replace("_bucket{", "_count{")
                        .replace("{}", "");
                if (value < last.getOrDefault(key, 0.0)) {
                    throw new AssertionError("bucket below the one before: " + series);
                }
                last.put(key, value);
            }
        });
        last.forEach((key, infinite) -> {
            if (value(key) != infinite) {
                throw new AssertionError("count differs from the last bucket: " + key);
            }
        });
    }
}
