package dev.sluice.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import dev.sluice.config.Defaults;
import dev.sluice.k8s.Manifests.Node;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Kustomize's and Helm's objects: the same ones, and such as Kubernetes takes. */
final class RenderedTest {

    private static final Path OVERLAYS = Manifests.ROOT.resolve("overlays");

    private static void assumeKustomize() {
        assumeTrue(Rendered.hasKustomize(), "no kubectl with Kustomize 5");
    }

    private static void assertSame(Map<String, Node> kustomize, Map<String, Node> helm) {
        assertEquals(kustomize.keySet(), helm.keySet());
        kustomize.forEach((name, object) ->
                assertEquals(Rendered.meaning(object), Rendered.meaning(Rendered.one(helm, name)), () -> "of " + name));
    }

    @Test
    void chartPassesLint() {
        LintResult result = new Helm(Rendered.CHART).lint().strict().call();
        assertFalse(result.isFailed(), () -> result.getMessages().toString());
    }

    @Test
    void chartRefusesValuesThatItDoesNotKnow() {
        IllegalStateException refused =
                assertThrows(IllegalStateException.class, () -> Rendered.helm("cluster.enable=true"));
        assertTrue(String.valueOf(refused.getMessage()).contains("enable"), refused.getMessage());
    }

    @Test
    void chartIsTheSingleOverlay() {
        assumeKustomize();
        assertSame(Rendered.kustomize(OVERLAYS.resolve("single")), Rendered.helm());
    }

    @Test
    void chartWithClusterIsTheClusteredOverlay() {
        assumeKustomize();
        assertSame(Rendered.kustomize(OVERLAYS.resolve("clustered")), Rendered.helm("cluster.enabled=true"));
    }

    @Test
    void chartWithoutAutoscalerIsTheBase() {
        assumeKustomize();
        assertSame(Rendered.kustomize(Manifests.ROOT.resolve("base")), Rendered.helm("autoscaling.enabled=false"));
    }

    @Test
    void chartWithPodMonitorIsThatComponent() throws IOException {
        assumeKustomize();
        Path own = Files.createDirectories(Path.of("target", "podmonitor"));
        Files.writeString(
                own.resolve("kustomization.yaml"),
                """
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                resources: [../../manifests/overlays/single]
                components: [../../manifests/components/podmonitor]
                generatorOptions: {disableNameSuffixHash: true}
                """);
        assertSame(Rendered.kustomize(own), Rendered.helm("podMonitor.enabled=true"));
    }

    @Test
    void objectsAreOfTheirKindsFieldsAndTypes() {
        Rendered.helm("cluster.enabled=true").values().forEach(object -> validate(json(object)));
        if (Rendered.hasKustomize()) {
            Rendered.kustomize(Manifests.ROOT.resolve("examples/two-services"))
                    .values()
                    .forEach(object -> validate(json(object)));
        }
    }

    @Test
    void aMisspeltFieldIsFound() {
        String deployment =
                json(Rendered.one(Rendered.helm(), "Deployment/sluice")).toString();
        String message = assertThrows(
                        AssertionError.class,
                        () -> validate(JsonParser.parseString(deployment.replace("minReadySeconds", "minReadySecond"))))
                .getMessage();
        assertTrue(String.valueOf(message).contains("minReadySecond"), message);
    }

    private static JsonElement json(Node object) {
        return new Gson().toJsonTree(object.value());
    }

    /** By the types of the Kubernetes API, which know all fields and which of them are needed. */
    private static void validate(JsonElement object) {
        String apiVersion = object.getAsJsonObject().get("apiVersion").getAsString();
        String kind = object.getAsJsonObject().get("kind").getAsString();
        String version = apiVersion.substring(apiVersion.indexOf('/') + 1).replaceFirst("^v", "V");
        try {
            Class.forName("io.kubernetes.client.openapi.models." + version + kind)
                    .getMethod("validateJsonElement", JsonElement.class)
                    .invoke(null, object);
        } catch (InvocationTargetException e) {
            throw new AssertionError(kind + ": " + e.getTargetException().getMessage(), e);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("no type of " + apiVersion + " " + kind, e);
        }
    }

    @Test
    void onlyPodsOfTheGatewayReachItsClusterPorts() {
        Map<String, Node> objects = Rendered.helm("cluster.enabled=true");
        Set<String> ports = new TreeSet<>();
        for (Node object : objects.values()) {
            if (object.text("kind").equals("NetworkPolicy")) {
                for (Node rule : object.list("spec", "ingress")) {
                    List<String> names = rule.list("ports").stream()
                            .map(port -> port.text("port"))
                            .toList();
                    if (names.contains("cluster")) {
                        ports.addAll(names);
                        assertEquals(
                                Rendered.one(objects, "Deployment/sluice")
                                        .at("spec", "selector")
                                        .value(),
                                rule.at("from", "0", "podSelector").value());
                        assertEquals(1, rule.list("from").size());
                    }
                }
            }
        }
        assertEquals(Set.of("cluster", "cluster-bus"), ports);
        Node service = Rendered.one(objects, "Service/sluice-cluster");
        assertEquals("None", service.text("spec", "clusterIP"));
        assertEquals("true", service.text("spec", "publishNotReadyAddresses"));
        Set<String> numbers = new TreeSet<>();
        Stream.of(
                        service.list("spec", "ports").stream().map(port -> port.text("port")),
                        Rendered.one(objects, "Deployment/sluice")
                                .list("spec", "template", "spec", "containers", "0", "ports")
                                .stream()
                                .filter(port -> port.text("name").startsWith("cluster"))
                                .map(port -> port.text("containerPort")))
                .forEach(stream -> stream.forEach(numbers::add));
        assertEquals(
                Set.of(
                        String.valueOf(Defaults.CLUSTER_PORT),
                        String.valueOf(Defaults.CLUSTER_PORT + Defaults.CLUSTER_BUS_PORT_OFFSET)),
                numbers);
    }

    @Test
    void gracePeriodOfTheChartFollowsItsDrain() {
        Map<String, Node> objects =
                Rendered.helm("drain.patienceSeconds=60", "drain.lameDuckSeconds=20", "drain.deadlineSeconds=100");
        Node pod = Rendered.one(objects, "Deployment/sluice").at("spec", "template", "spec");
        assertEquals("198", pod.text("terminationGracePeriodSeconds"));
        String bootstrap =
                Rendered.one(objects, "ConfigMap/sluice-config").at("data").text("bootstrap.yaml");
        assertTrue(bootstrap.contains("patience: 60s"), bootstrap);
    }
}
