package dev.sluice.k8s;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.sluice.config.ClusterSettings;
import dev.sluice.config.ConfigResult;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.load.ConfigLoader;
import dev.sluice.config.load.LoadedConfig;
import dev.sluice.k8s.Manifests.Node;
import dev.sluice.testkit.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ConfigMaps' files go through the gateway's own pipeline, as the pods mount them. */
final class ManifestConfigurationTest {

    @TempDir
    Path directory;

    private static final Path BASE = Manifests.ROOT.resolve("base/conf");

    /** The files of the directories, later ones in place of earlier ones, with files where the Secrets would be. */
    private LoadedConfig mounted(Path... directories) throws IOException {
        Path pod = Files.createTempDirectory(directory, "pod");
        TestCertificates.Leaf pem = TestCertificates.in(pod).leaf("tls", "localhost");
        Path secret = Files.writeString(pod.resolve("secret"), "0123456789abcdef0123456789abcdef\n");
        Path conf = Files.createDirectory(pod.resolve("conf"));
        for (Path from : directories) {
            try (var files = Files.list(from)) {
                for (Path file : files.toList()) {
                    String text = Files.readString(file)
                            .replace("/etc/sluice/tls/tls.crt", pem.certFile().toString())
                            .replace("/etc/sluice/tls/tls.key", pem.keyFile().toString())
                            .replace("/etc/sluice/cluster/secret", secret.toString());
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
        LoadedConfig loaded = mounted(BASE);
        assertEquals(1, accepted(loaded).routes().size());
        assertEquals("0.0.0.0", loaded.bootstrap().adminHost());
        assertEquals(Duration.ofSeconds(2), loaded.bootstrap().drainPatience());
        assertEquals(Duration.ofSeconds(10), loaded.bootstrap().lameDuck());
        assertEquals(Duration.ofSeconds(30), loaded.bootstrap().drainDeadline());
    }

    @Test
    void clusteredIsTheBaseAndACluster() throws IOException {
        LoadedConfig base = mounted(BASE);
        LoadedConfig loaded = mounted(BASE, Manifests.ROOT.resolve("components/cluster/conf"));
        accepted(loaded);
        ClusterSettings cluster = requireNonNull(loaded.bootstrap().cluster());
        assertEquals("sluice-cluster", cluster.service());
        assertEquals(base.bootstrap().drainPatience(), loaded.bootstrap().drainPatience());
        assertEquals(base.bootstrap().lameDuck(), loaded.bootstrap().lameDuck());
        assertEquals(base.bootstrap().drainDeadline(), loaded.bootstrap().drainDeadline());
        assertEquals(base.bootstrap().adminHost(), loaded.bootstrap().adminHost());
    }

    @Test
    void chartIsValid() throws IOException {
        Path files = Files.createDirectory(directory.resolve("chart"));
        Node data = Rendered.one(Rendered.helm("cluster.enabled=true"), "ConfigMap/sluice-config")
                .at("data");
        for (Object file : ((Map<?, ?>) data.value()).keySet()) {
            Files.writeString(files.resolve(file.toString()), data.text(file.toString()));
        }
        LoadedConfig loaded = mounted(files);
        assertEquals(1, accepted(loaded).routes().size());
        assertEquals(
                "sluice-cluster", requireNonNull(loaded.bootstrap().cluster()).service());
    }

    @Test
    void twoServicesIsValid() throws IOException {
        GatewayConfig config = accepted(mounted(BASE, Manifests.ROOT.resolve("examples/two-services/conf")));
        assertEquals(2, config.routes().size());
        assertEquals(2, config.backends().size());
    }
}
