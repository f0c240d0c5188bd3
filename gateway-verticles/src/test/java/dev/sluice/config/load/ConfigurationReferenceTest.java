package dev.sluice.config.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.sluice.config.ConfigResult.Accepted;
import dev.sluice.config.ResourceKey;
import dev.sluice.config.Secret;
import dev.sluice.config.TrafficPolicy;
import dev.sluice.config.UpstreamTerms.Sticky;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationReferenceTest {

    private static final Path FILE = Path.of("../docs/configuration.md");
    private static final Path OPERATIONS = Path.of("../docs/operations.md");

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
        TestCertificates.ec().write(directory, "example");
        LoadedConfig loaded = loadExample(FILE, directory);
        assertEquals(3, accepted(loaded).config().routes().size());
        assertEquals(9000, loaded.bootstrap().adminPort());
    }

    @Test
    void theBackendInOperationsLoadsWithoutWarnings(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("cookie.key"), "0123456789abcdef0123456789abcdef\n");
        TrafficPolicy policy = accepted(loadExample(OPERATIONS, directory))
                .config()
                .trafficPolicies()
                .get(0);
        assertEquals(List.of(new ResourceKey("default", "shop")), policy.backends());
        Sticky sticky = policy.upstream().balancing().sticky();
        assertEquals(new Sticky("shop-node", Duration.ZERO, new Secret("0123456789abcdef0123456789abcdef")), sticky);
    }

    /** The first YAML block of a document. */
    private static LoadedConfig loadExample(Path document, Path directory) throws IOException {
        String text = Files.readString(document);
        int start = text.indexOf("```yaml\n") + "```yaml\n".length();
        Path file = Files.writeString(
                directory.resolve("example.yaml"), text.substring(start, text.indexOf("```\n", start)));
        return ConfigLoader.load(List.of(file));
    }

    private static Accepted accepted(LoadedConfig loaded) {
        Accepted accepted = assertInstanceOf(
                Accepted.class, loaded.result(), () -> loaded.result().toString());
        assertEquals(List.of(), accepted.warnings());
        return accepted;
    }
}
