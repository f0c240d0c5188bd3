package dev.sluice.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.observe.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documents say what the code does. */
final class DocumentsTest {

    private static final Path ROOT = Path.of("..");
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#]+)(#[^)]*)?\\)");

    @Test
    void operationsListsEveryMetric() throws IOException {
        String expected = Stream.of(Metric.values())
                .map(metric -> "| `" + metric.exposedName() + "` | "
                        + metric.kind().name().toLowerCase(Locale.ROOT) + " | " + metric.help() + " |")
                .collect(Collectors.joining("\n"));
        String text = Files.readString(ROOT.resolve("docs/operations.md"));
        String header = "|---|---|---|\n";
        int begin = text.indexOf(header, text.indexOf("<!-- metrics")) + header.length();
        assertEquals(expected, text.substring(begin, text.indexOf("\n<!-- end of metrics")));
    }

    @Test
    void everyRelativeLinkLeadsToAFile() throws IOException {
        List<Path> documents = new ArrayList<>(List.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")));
        try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
        }
        List<String> broken = new ArrayList<>();
        for (Path document : documents) {
            for (Matcher link = LINK.matcher(Files.readString(document)); link.find(); ) {
                if (!Files.exists(document.resolveSibling(link.group(1)))) {
                    broken.add(document + " -> " + link.group(1));
                }
            }
        }
        assertTrue(broken.isEmpty(), broken.toString());
    }

    @Test
    void filtersShowsTheCodeThatTheTestsRun() throws IOException {
        String text = Files.readString(ROOT.resolve("docs/filters.md"));
        for (String example : List.of("ApiKeyFilter.java", "GuessLimitFilter.java")) {
            String source = Files.readString(Path.of("src/test/java/com/example", example));
            assertTrue(text.contains("```java\n" + source + "```"), "docs/filters.md differs from " + example);
        }
    }
}
