package dev.sluice.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The npm packages {@code @monokle/validation} and {@code kubernetes-models} find nothing. {@code .ci/run} installs
 * them; where they are missing, these tests are skipped.
 */
final class CheckersTest {

    /** Where {@code .ci/run} installs what {@code package.json} names. */
    private static final Path CLIENTS = Path.of("target", "clients");

    private static final Path SCRIPT = CLIENTS.resolve("check.mjs");

    private static final int RULES = 63;

    @TempDir
    Path directory;

    @BeforeAll
    static void scriptBesideItsModules() throws IOException {
        assumeTrue(Files.isDirectory(CLIENTS.resolve("node_modules")), "no checkers from npm");
        Files.copy(Path.of("target/test-classes/checkers/check.mjs"), SCRIPT, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What the checkers say, line by line. */
    private List<String> findings(String yaml) throws IOException {
        Path file = Files.writeString(directory.resolve("objects.yaml"), yaml);
        return Rendered.run("node", SCRIPT.toString(), file.toString()).lines().toList();
    }

    private static String checked(int objects) {
        return "checked " + objects + " objects, " + RULES + " rules";
    }

    @Test
    void objectsOfTheChart() throws IOException {
        assertEquals(List.of(checked(10)), findings(Rendered.helmText("cluster.enabled=true")));
    }

    @Test
    void gatewayApiDocumentsOfTheConfiguration() throws IOException {
        String gateway = Files.readString(Manifests.ROOT.resolve("base/conf/gateway.yaml"));
        String routes = Files.readString(Manifests.ROOT.resolve("examples/two-services/conf/routes.yaml"));
        assertEquals(List.of(checked(3)), findings(gateway + "---\n" + routes));
    }

    @Test
    void whatIsWrongIsFound() throws IOException {
        String yaml = Rendered.helmText()
                .replace("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false")
                .replace("enableServiceLinks: false", "hostNetwork: true")
                .replace("minReadySeconds: 10", "minReadySeconds: soon");
        String findings = findings(yaml).toString();
        String port = Files.readString(Manifests.ROOT.resolve("base/conf/gateway.yaml"))
                .replace("port: 443", "port: 99999");
        findings += findings(port);
        for (String expected : List.of("KBP102", "PSS102", "minReadySeconds", "listeners/1/port must be <= 65535")) {
            assertTrue(findings.contains(expected), findings);
        }
    }
}
