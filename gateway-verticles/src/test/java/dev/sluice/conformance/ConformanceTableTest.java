package dev.sluice.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConformanceTableTest {

    private static final Path FILE = Path.of("../docs/conformance.md");
    private static final Path RESOURCES = Path.of("src/test/resources");

    @Test
    void everyRowHasATestAndTheFileNamesIt() throws Exception {
        ConformanceTable table = new ConformanceTable(
                RESOURCES.resolve("correctness-rows.tsv"), RESOURCES.resolve("correctness-open.tsv"), Path.of(".."));
        if (Boolean.getBoolean("conformance.write")) {
            Files.writeString(FILE, table.text());
        }
        assertEquals(List.of(), table.problems());
        assertEquals(Files.readString(FILE), table.text(), "its second line tells how to write it again");
    }
}
