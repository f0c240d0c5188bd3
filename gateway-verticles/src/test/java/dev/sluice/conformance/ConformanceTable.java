package dev.sluice.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The rows of the correctness tables, and the tests that say with {@link dev.sluice.testkit.Row} that they prove them.
 * Reads the sources of every module, since a module's tests cannot see the classes of those that build on it.
 */
final class ConformanceTable {

    /** Protocol pairs, the client's first. */
    static final List<String> PAIRS =
            List.of("h1-h1", "h1-h2", "h1-h3", "h2-h1", "h2-h2", "h2-h3", "h3-h1", "h3-h2", "h3-h3");

    private static final Pattern ROW = Pattern.compile("@Row\\(([^)]*)\\)");
    private static final Pattern METHOD = Pattern.compile("\\bvoid (\\w+)\\(");
    private static final Pattern TEXT = Pattern.compile("\"([^\"]*)\"");
    private static final Pattern ID = Pattern.compile("[AE]\\d+\\.R?\\d+");
    private static final Map<String, String> TITLES = Map.of(
            "A2", "Connections to upstreams",
            "E1", "Upstream errors",
            "E2", "Clients that go away, stall or send nonsense",
            "E3", "gRPC",
            "E4", "Framing and smuggling",
            "E5", "HTTP/2 and HTTP/3 requests",
            "E6", "Hop-by-hop and special fields",
            "E7", "Retries",
            "E8", "Drain");

    private final Map<String, String> rows;
    private final Map<String, String> open;
    /** Row to pair to tests; the pair is empty for a test that names none. */
    private final Map<String, Map<String, Set<String>>> proofs = new LinkedHashMap<>();

    private final List<String> problems = new ArrayList<>();

    /**
     * Reads the tables and every test source under a directory of modules.
     *
     * @param rows id and text
     * @param open id and the reason why no test proves it yet
     */
    ConformanceTable(Path rows, Path open, Path modules) throws IOException {
        this.rows = table(rows);
        this.open = table(open);
        this.rows.keySet().forEach(id -> proofs.put(id, new LinkedHashMap<>()));
        List<Path> sources;
        try (Stream<Path> files = Files.walk(modules)) {
            sources = files.filter(file -> file.toString().endsWith("Test.java")
                            && file.toString().contains("src/test/java"))
                    .sorted()
                    .toList();
        }
        for (Path source : sources) {
            read(source);
        }
        check();
    }

    private static Map<String, String> table(Path file) throws IOException {
        Map<String, String> table = new LinkedHashMap<>();
        for (String line : Files.readAllLines(file)) {
            int tab = line.indexOf('\t');
            table.put(line.substring(0, tab), line.substring(tab + 1));
        }
        return table;
    }

    private void read(Path source) throws IOException {
        String text = Files.readString(source);
        String name = String.valueOf(source.getFileName()).replace(".java", "");
        Matcher annotations = ROW.matcher(text);
        while (annotations.find()) {
            Matcher method = METHOD.matcher(text);
            if (!method.find(annotations.end())) {
                problems.add(name + ": @Row without a method");
                continue;
            }
            String test = name + "." + method.group(1);
            List<String> ids = new ArrayList<>();
            List<String> over = new ArrayList<>();
            Matcher texts = TEXT.matcher(annotations.group(1));
            while (texts.find()) {
                (ID.matcher(texts.group(1)).matches() ? ids : over).add(texts.group(1));
            }
            ids.forEach(id -> add(id, over, test));
        }
    }

    private void add(String id, List<String> over, String test) {
        Map<String, Set<String>> proof = proofs.get(id);
        if (proof == null) {
            problems.add(test + ": " + id + " (expected: a row of correctness-rows.tsv)");
            return;
        }
        List<String> pairs = over.isEmpty() ? List.of("") : expand(over);
        if (pairs.isEmpty()) {
            problems.add(test + ": over " + over + " (expected: pairs such as h2-h1, *-h1, h2 or *)");
        }
        pairs.forEach(pair ->
                proof.computeIfAbsent(pair, absent -> new LinkedHashSet<>()).add(test));
    }

    /** {@code *} is every pair, {@code *-h1} every client's, and {@code h2} is short for {@code h2-*}. */
    private static List<String> expand(List<String> over) {
        Set<String> pairs = new TreeSet<>();
        for (String pattern : over) {
            String whole = pattern.contains("-") ? pattern : pattern + "-*";
            String regex = whole.replace("*", "h[123]");
            PAIRS.stream().filter(pair -> pair.matches(regex)).forEach(pairs::add);
        }
        return List.copyOf(pairs);
    }

    private void check() {
        open.keySet().stream()
                .filter(id -> !rows.containsKey(id))
                .forEach(id -> problems.add(id + " is said to be open (expected: a row)"));
        proofs.forEach((id, proof) -> {
            if (proof.isEmpty() && !open.containsKey(id)) {
                problems.add(id + " has no test: " + rows.get(id));
            }
            if (!proof.isEmpty() && open.containsKey(id)) {
                problems.add(id + " is said to be open and has a test: " + proof.values());
            }
        });
    }

    /** What is wrong with rows and annotations; empty for nothing. */
    List<String> problems() {
        return problems;
    }

    /** The document. */
    String text() {
        StringBuilder text = new StringBuilder();
        text.append(
                """
                # Conformance

                <!-- Generated from the tests. Do not edit; write it again with
                     mvn -pl gateway-verticles test -Dtest=ConformanceTableTest -Dconformance.write=true -->

                What must come out of the gateway for what goes in, and the test that proves it over each pair of protocols,
                the client's first. A pair without a test is one where the row makes no sense, or where another pair proves
                the same code. **all** are tests that name no pair.
                """);
        String table = "";
        for (String id : rows.keySet()) {
            String prefix = id.substring(0, id.indexOf('.'));
            if (!prefix.equals(table)) {
                table = prefix;
                text.append("\n## ").append(table).append(' ').append(TITLES.get(table));
                text.append("\n\n| Row | What | all | ")
                        .append(String.join(" | ", PAIRS))
                        .append(" |\n|");
                text.append("---|".repeat(PAIRS.size() + 3)).append('\n');
            }
            text.append("| ").append(id).append(" | ").append(escaped(rows.get(id)));
            if (open.containsKey(id)) {
                text.append(" **Open:** ").append(escaped(open.get(id)));
            }
            text.append(" |").append(cell(id, ""));
            PAIRS.forEach(pair -> text.append(cell(id, pair)));
            text.append('\n');
        }
        return text.toString();
    }

    private String cell(String id, String pair) {
        Set<String> tests = proofs.getOrDefault(id, Map.of()).getOrDefault(pair, Set.of());
        return tests.isEmpty() ? " |" : " `" + String.join("`<br>`", tests) + "` |";
    }

    private static String escaped(@org.jspecify.annotations.Nullable String text) {
        return String.valueOf(text).replace("|", "\\|").replace("<", "&lt;");
    }
}
