package dev.sluice.config.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.ConfigProblem;
import dev.sluice.config.ConfigResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each directory {@code config/<case>} holds {@code in.yaml} and what loading it says: {@code problems.txt}, or
 * {@code warnings.txt} (empty where there is nothing to say). {@code -Dgolden.write=true} writes what is said now, to be
 * read before it is committed.
 */
class GoldenConfigTest {

    private static final Path CASES = Path.of("src/test/resources/config");

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    static Path directory;

    @BeforeAll
    static void makeFiles() throws Exception {
        TestCertificates.rsa().write(directory, "edge");
        TestCertificates.ec().write(directory, "other");
        Files.writeString(directory.resolve("shop.pb"), "descriptors");
        Files.writeString(directory.resolve("empty.pb"), "");
    }

    static Stream<String> cases() throws IOException {
        try (Stream<Path> cases = Files.list(CASES)) {
            return cases.map(path -> path.getFileName().toString()).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void saysWhatTheGoldenFileSays(String name) throws IOException {
        Path in = Files.copy(CASES.resolve(name).resolve("in.yaml"), directory.resolve(name + ".yaml"));
        ConfigResult result = ConfigLoader.load(List.of(in)).result();
        boolean isAccepted = result instanceof ConfigResult.Accepted;
        Path golden = CASES.resolve(name).resolve(isAccepted ? "warnings.txt" : "problems.txt");
        String said = text(result);
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(golden, said);
        }
        assertTrue(Files.exists(golden), () -> golden + " does not exist, but loading says:\n" + said);
        assertEquals(Files.readString(golden), said);
    }

    @Test
    void sixMistakesAreSixProblems() throws IOException {
        assertEquals(
                6,
                Files.readAllLines(CASES.resolve("six-mistakes/problems.txt")).size());
    }

    @Test
    void manyCasesAreRejected() throws IOException {
        try (Stream<Path> files = Files.walk(CASES)) {
            assertTrue(files.filter(file -> file.endsWith("problems.txt")).count() >= 25);
        }
    }

    private static String text(ConfigResult result) {
        List<ConfigProblem> problems = result instanceof ConfigResult.Rejected rejected
                ? rejected.problems()
                : ((ConfigResult.Accepted) result).warnings();
        StringBuilder text = new StringBuilder();
        problems.forEach(problem ->
                text.append(problem.toString().replace(directory + "/", "")).append('\n'));
        return text.toString();
    }
}
