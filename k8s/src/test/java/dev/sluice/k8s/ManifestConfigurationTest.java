package dev.sluice.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.sluice.config.ConfigResult;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.load.ConfigLoader;
import dev.sluice.config.load.LoadedConfig;
import dev.sluice.testkit.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ConfigMaps' files go through the gateway's own pipeline, as the pods mount them. */
final class ManifestConfigurationTest {

    @TempDir
    Path directory;

    /** The files of the base, those of an overlay over them, and a certificate where the Secret would be. */
    private LoadedConfig mounted(String... kustomizations) throws IOException {
        TestCertificates.Leaf pem = TestCertificates.in(directory).leaf("tls", "localhost");
        Path conf = Files.createDirectory(directory.resolve("conf"));
        for (String kustomization : kustomizations) {
            try (var files = Files.list(Manifests.ROOT.resolve(kustomization).resolve("conf"))) {
                for (Path file : files.toList()) {
                    String text = Files.readString(file)
                            .replace("/etc/sluice/tls/tls.crt", pem.certFile().toString())
                            .replace("/etc/sluice/tls/tls.key", pem.keyFile().toString());
                    Files.writeString(conf.resolve(file.getFileName()), text);
                }
            }
        }
        return ConfigLoader.load(List.of(conf));
    }

    private static GatewayConfig accepted(LoadedConfig loaded) {
        ConfigResult.Accepted accepted =
                assertInstanceOf(ConfigResult.Accepted.class, loaded.result(), () -> String.valueOf(loaded.result()));
        assertEquals(List.of(), accepted.warnings());
        return accepted.config();
    }

    @Test
    void baseIsValid() throws IOException {
        LoadedConfig loaded = mounted("base");
        assertEquals(1, accepted(loaded).routes().size());
        assertEquals("0.0.0.0", loaded.bootstrap().adminHost());
        assertEquals(Duration.ofSeconds(10), loaded.bootstrap().lameDuck());
        assertEquals(Duration.ofSeconds(30), loaded.bootstrap().drainDeadline());
    }

    @Test
    void twoServicesIsValid() throws IOException {
        GatewayConfig config = accepted(mounted("base", "examples/two-services"));
        assertEquals(2, config.routes().size());
        assertEquals(2, config.backends().size());
    }
}
