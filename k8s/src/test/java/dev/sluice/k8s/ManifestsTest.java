package dev.sluice.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Defaults;
import dev.sluice.k8s.Manifests.Node;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class ManifestsTest {

    private final Node pod = Manifests.base("Deployment").at("spec", "template", "spec");
    private final Node container = pod.at("containers", "0");

    @Test
    void everyFileHoldsDocumentsWithKindAndVersion() {
        List<Path> files = Manifests.files();
        assertTrue(files.size() >= 11, files.toString());
        for (Path file : files) {
            List<Node> documents = Manifests.documents(file);
            assertTrue(!documents.isEmpty(), file.toString());
            for (Node document : documents) {
                document.at("apiVersion");
                document.at("kind");
            }
        }
    }

    @Test
    void kustomizationsNameFilesThatExist() {
        for (Path file : Manifests.files()) {
            if (file.endsWith("kustomization.yaml")) {
                Map<?, ?> kustomization =
                        (Map<?, ?>) Manifests.documents(file).get(0).value();
                Path directory = file.resolveSibling("");
                for (String list : List.of("resources", "components", "configMapGenerator")) {
                    if (kustomization.get(list) instanceof List<?> entries) {
                        for (Node entry : entries.stream().map(Node::new).toList()) {
                            List<Node> named = list.equals("configMapGenerator") ? entry.list("files") : List.of(entry);
                            named.forEach(name -> assertExists(directory, name));
                        }
                    }
                }
            }
        }
    }

    private static void assertExists(Path directory, Node name) {
        assertTrue(Files.exists(directory.resolve(name.text())), directory + "/" + name.text());
    }

    @Test
    void gracePeriodOutlastsTheDrain() {
        Node drain = Manifests.base("Bootstrap").at("spec", "drain");
        Duration needed = duration(drain.text("patience"))
                .plus(duration(drain.text("lameDuck")))
                .plus(duration(drain.text("deadline")))
                .plus(Defaults.FORCED_CLOSE)
                .plus(Defaults.NODE_LEAVE)
                .plus(Defaults.PROCESS_CLOSE);
        Duration grace = Duration.ofSeconds(Long.parseLong(pod.text("terminationGracePeriodSeconds")));
        assertTrue(grace.compareTo(needed) > 0, grace + " (expected: more than " + needed + ")");
        assertFalse(
                ((Map<?, ?>) container.value()).containsKey("lifecycle"),
                "a preStop hook would take its time from the same period");
    }

    private static Duration duration(String seconds) {
        assertTrue(seconds.matches("[0-9]+s"), seconds);
        return Duration.parse("PT" + seconds);
    }

    @Test
    void probesAskTheAdminPortOfTheBootstrap() {
        Map<String, Integer> ports = container.list("ports").stream()
                .collect(Collectors.toMap(port -> port.text("name"), port ->
                        (Integer) port.at("containerPort").value()));
        assertEquals(
                "0.0.0.0:" + ports.get("admin"), Manifests.base("Bootstrap").text("spec", "admin", "address"));
        assertEquals(
                List.of("/startedz admin", "/readyz admin", "/livez admin"),
                List.of("startupProbe", "readinessProbe", "livenessProbe").stream()
                        .map(probe -> container.at(probe, "httpGet"))
                        .map(get -> get.text("path") + " " + get.text("port"))
                        .toList());
    }

    @Test
    void listenersServicesAndContainerHaveTheSamePorts() {
        Set<String> container = ports(this.container.list("ports"), "containerPort");
        container.remove("9000/TCP");
        Set<String> services = new TreeSet<>();
        for (String file : List.of("service.yaml", "service-udp.yaml")) {
            services.addAll(ports(
                    Manifests.documents(Manifests.ROOT.resolve("base").resolve(file))
                            .get(0)
                            .list("spec", "ports"),
                    "port"));
        }
        assertEquals(
                Set.of("80/HTTP", "443/HTTPS"), ports(Manifests.base("Gateway").list("spec", "listeners"), "port"));
        // UDP is HTTP/3, which an HTTPS listener serves on the same number.
        assertEquals(Set.of("80/TCP", "443/TCP", "443/UDP"), container);
        assertEquals(container, services);
    }

    private static Set<String> ports(List<Node> ports, String number) {
        return ports.stream()
                .map(port -> port.text(number) + "/" + port.text("protocol"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void podIsRestricted() {
        assertEquals("true", pod.text("securityContext", "runAsNonRoot"));
        assertEquals("RuntimeDefault", pod.text("securityContext", "seccompProfile", "type"));
        assertEquals("false", pod.text("automountServiceAccountToken"));
        assertEquals("false", container.text("securityContext", "allowPrivilegeEscalation"));
        assertEquals("true", container.text("securityContext", "readOnlyRootFilesystem"));
        assertEquals("[ALL]", container.text("securityContext", "capabilities", "drop"));
    }

    @Test
    void configurationIsMountedAsADirectoryWhereTheGatewayReadsIt() {
        List<Node> mounts = container.list("volumeMounts");
        Set<String> paths =
                mounts.stream().map(mount -> mount.text("mountPath")).collect(Collectors.toSet());
        assertEquals("[run, --config, /etc/sluice/conf]", container.text("args"));
        assertTrue(paths.containsAll(Set.of("/etc/sluice/conf", "/etc/sluice/tls", "/tmp")), paths.toString());
        assertTrue(mounts.stream().noneMatch(mount -> ((Map<?, ?>) mount.value()).containsKey("subPath")));
        Node certificate = Manifests.base("Certificate");
        assertEquals("/etc/sluice/tls/tls.crt", certificate.text("spec", "certFile"));
        assertEquals("/etc/sluice/tls/tls.key", certificate.text("spec", "keyFile"));
    }
}
