package dev.sluice.k8s;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import dev.sluice.k8s.Manifests.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The objects that a Kubernetes cluster would get, as kubectl and Helm render them. */
final class Rendered {

    static final Path CHART = Path.of("helm", "sluice");

    private Rendered() {}

    /** Whether there is a kubectl whose Kustomize knows components and labels. */
    static boolean hasKustomize() {
        try {
            return run("kubectl", "version", "--client").contains("Kustomize Version: v5");
        } catch (UncheckedIOException | AssertionError e) {
            return false;
        }
    }

    /** What {@code kubectl apply -k} would send. */
    static Map<String, Node> kustomize(Path kustomization) {
        return byName(run("kubectl", "kustomize", kustomization.toString()));
    }

    /** What {@code helm install sluice} would send, with values such as {@code cluster.enabled=true}. */
    static Map<String, Node> helm(String... values) {
        return byName(helmText(values));
    }

    /** The same as YAML. */
    static String helmText(String... values) {
        TemplateCommand command = new Helm(CHART)
                .template()
                .withName("sluice")
                .withNamespace("default")
                .withKubeVersion("1.30");
        for (String value : values) {
            int equals = value.indexOf('=');
            command = command.set(value.substring(0, equals), value.substring(equals + 1));
        }
        return command.call();
    }

    /** One of the objects, by its kind and name, which must be among them. */
    static Node one(Map<String, Node> objects, String name) {
        Node found = objects.get(name);
        if (found == null) {
            throw new AssertionError("no " + name + " among " + objects.keySet());
        }
        return found;
    }

    private static Map<String, Node> byName(String yaml) {
        Map<String, Node> objects = new TreeMap<>();
        for (Node object : Manifests.parsed("rendered", yaml)) {
            if (object.value() != null) {
                String name = object.text("kind") + "/" + object.text("metadata", "name");
                if (objects.put(name, object) != null) {
                    throw new AssertionError("twice: " + name);
                }
            }
        }
        return objects;
    }

    /** The object without what only Helm says of itself, and with the ConfigMap's files as what they mean. */
    static Object meaning(Node object) {
        Map<Object, Object> copy = new LinkedHashMap<>((Map<?, ?>) object.value());
        Map<Object, Object> metadata =
                new LinkedHashMap<>((Map<?, ?>) object.at("metadata").value());
        Map<Object, Object> labels =
                new LinkedHashMap<>((Map<?, ?>) object.at("metadata", "labels").value());
        labels.keySet()
                .removeAll(List.of("app.kubernetes.io/managed-by", "app.kubernetes.io/version", "helm.sh/chart"));
        metadata.put("labels", labels);
        copy.put("metadata", metadata);
        if (object.text("kind").equals("ConfigMap")) {
            Map<Object, Object> data = new LinkedHashMap<>();
            ((Map<?, ?>) object.at("data").value())
                    .forEach((file, text) -> data.put(file, Manifests.parsed(file.toString(), text.toString())));
            copy.put("data", data);
        }
        return copy;
    }

    /** The output of a program that ends well. */
    static String run(String... command) {
        try {
            Path output = Files.createTempFile("program", ".out");
            Path errors = Files.createTempFile("program", ".err");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectOutput(output.toFile())
                        .redirectError(errors.toFile())
                        .start();
                process.getOutputStream().close();
                int code = process.waitFor();
                String text = Files.readString(output, StandardCharsets.UTF_8);
                if (code != 0) {
                    throw new AssertionError(String.join(" ", command) + " ended with " + code + "\n" + text
                            + Files.readString(errors, StandardCharsets.UTF_8));
                }
                return text;
            } finally {
                Files.delete(output);
                Files.delete(errors);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
