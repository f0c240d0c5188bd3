package dev.sluice.bench.peer;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A peer's own Maven project, built when it is first used.
 *
 * @param dir where its pom is
 * @param logs where the build's output goes
 */
record MavenProject(Path dir, Path logs) {

    /** Enough for every scenario, with the collector and the heap's bounds that the gateway's launcher has. */
    private static final List<String> JVM = List.of("-XX:+UseParallelGC", "-Xms64m", "-Xmx512m", "-XX:-UsePerfData");

    private static final Pattern VERSION = Pattern.compile("<version>([^<]+)</version>");

    /** Builds it unless it is built. */
    Optional<String> build() {
        if (upToDate()) {
            return Optional.empty();
        }
        Optional<Path> maven = Commands.find("mvn");
        if (maven.isEmpty()) {
            return Optional.of("missing: apt-get install maven");
        }
        File log = logs.resolve(dir.getFileName() + "-build.log").toFile();
        ProcessBuilder build = new ProcessBuilder(maven.get().toString(), "-B", "-ntp", "package")
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log);
        build.environment().put("JAVA_HOME", System.getProperty("java.home"));
        try {
            return build.start().waitFor() == 0 ? Optional.empty() : Optional.of("build failed: " + log);
        } catch (IOException e) {
            return Optional.of("build failed: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("build interrupted");
        }
    }

    /** The project's version, which is that of what it shows. */
    String version() {
        try {
            Matcher matcher = VERSION.matcher(Files.readString(dir.resolve("pom.xml")));
            return matcher.find() ? matcher.group(1) : "unknown";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a class of it on the bench's own Java. */
    List<String> java(List<String> flags, String main, Object... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM);
        command.addAll(flags);
        command.addAll(List.of("-cp", jar() + File.pathSeparator + dir.resolve("target/lib") + "/*", main));
        Stream.of(arguments).map(Object::toString).forEach(command::add);
        return command;
    }

    private Path jar() {
        return dir.resolve("target/peer.jar");
    }

    private boolean upToDate() {
        try (Stream<Path> files = Files.walk(dir.resolve("src"))) {
            if (!Files.exists(jar())) {
                return false;
            }
            FileTime built = Files.getLastModifiedTime(jar());
            List<Path> sources = Stream.concat(files.filter(Files::isRegularFile), Stream.of(dir.resolve("pom.xml")))
                    .toList();
            for (Path source : sources) {
                if (Files.getLastModifiedTime(source).compareTo(built) > 0) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
