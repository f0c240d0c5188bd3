package dev.sluice.config.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.sluice.config.ConfigResult.Accepted;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationReferenceTest {

    private static final Path FILE = Path.of("../docs/configuration.md");

    @Test
    void theFileSaysWhatTheSchemasSay() throws Exception {
        String text = ConfigurationReference.text();
        if (Boolean.getBoolean("reference.write")) {
            Files.createDirectories(FILE.getParent());
            Files.writeString(FILE, text);
        }
        assertEquals(Files.readString(FILE), text, "its second line tells how to write it again");
    }

    @Test
    void theExampleInItLoadsWithoutWarnings(@TempDir Path directory) throws Exception {
        String text = Files.readString(FILE);
        int start = text.indexOf("```yaml\n") + "```yaml\n".length();
        TestCertificates.ec().write(directory, "example");
        Path file = Files.writeString(
                directory.resolve("example.yaml"), text.substring(start, text.indexOf("```\n", start)));
        LoadedConfig loaded = ConfigLoader.load(List.of(file));
        Accepted accepted = assertInstanceOf(
                Accepted.class, loaded.result(), () -> loaded.result().toString());
        assertEquals(List.of(), accepted.warnings());
        assertEquals(2, accepted.config().routes().size());
        assertEquals(9000, loaded.bootstrap().adminPort());
    }
}
