package dev.sluice.config.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend;
import dev.sluice.config.ConfigResult.Accepted;
import dev.sluice.config.ConfigResult.Rejected;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileConfigSourceTest {

    private static final String CERTIFICATE =
            """
            apiVersion: sluice.dev/v1
            kind: Certificate
            metadata: {name: edge}
            spec: {certFile: edge.crt, keyFile: edge.key}
            """;

    private final Path directory;
    private final FileConfigSource source;

    FileConfigSourceTest(@TempDir Path directory) {
        this.directory = directory;
        this.source = new FileConfigSource(List.of(directory));
    }

    @BeforeEach
    void writeFirst() throws IOException {
        write("a.yaml", backend(9001));
    }

    @Test
    void nothingChangesByItself() {
        load();
        assertFalse(source.changed());
        assertFalse(source.changed());
    }

    @Test
    void whatWasReadIsLoadedOnceAndOnlyWhileItIsTrue() throws IOException {
        assertSame(source.read().result(), source.load());
        Accepted read = assertInstanceOf(Accepted.class, source.read().result());
        write("a.yaml", backend(9002));
        assertNotEquals(read.config().digest(), load().config().digest());
        assertNotSame(source.load(), source.load());
    }

    @Test
    void changedBeforeTheFirstLoad() {
        assertTrue(source.changed());
    }

    @Test
    void noticesAnEditOfTheSameSizeWithinTheSameTick() throws IOException {
        Path file = directory.resolve("a.yaml");
        FileTime modified = FileTime.from(Instant.now().truncatedTo(ChronoUnit.SECONDS));
        Files.setLastModifiedTime(file, modified);
        load();
        write("a.yaml", backend(9002));
        Files.setLastModifiedTime(file, modified);
        assertTrue(source.changed());
        assertEquals(9002, port(load()));
        assertFalse(source.changed());
    }

    @Test
    void sameContentIsNoChange() throws IOException {
        String digest = load().config().digest();
        write("a.yaml", backend(9001));
        assertFalse(source.changed());
        assertEquals(digest, load().config().digest());
    }

    @Test
    void aBootstrapInAFileOfItsOwnDoesNotCount() throws IOException {
        String digest = load().config().digest();
        write("0-bootstrap.yaml", "apiVersion: sluice.dev/v1\nkind: Bootstrap\nspec: {eventLoops: 2}\n");
        assertTrue(source.changed());
        assertEquals(digest, load().config().digest());
        write("0-bootstrap.yaml", backend(9001).replace("name: ", "name: other-"));
        assertNotEquals(digest, load().config().digest());
    }

    @Test
    void noticesAnotherDescriptorSet() throws Exception {
        Files.writeString(directory.resolve("shop.pb"), "one");
        write("a.yaml", Files.readString(Path.of("src/test/resources/reference/defaults.yaml")));
        TestCertificates.ec().write(directory, "edge");
        String digest = load().config().digest();
        assertFalse(source.changed());
        Files.writeString(directory.resolve("shop.pb"), "two");
        assertTrue(source.changed());
        assertNotEquals(digest, load().config().digest());
        Files.delete(directory.resolve("shop.pb"));
        assertTrue(source.changed());
        assertInstanceOf(Rejected.class, source.load());
    }

    @Test
    void noticesAnOldFileReplacedByAnotherOldFile() throws IOException {
        FileTime old = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
        Files.setLastModifiedTime(directory.resolve("a.yaml"), old);
        load();
        assertFalse(source.changed());
        Path other = Files.writeString(directory.resolve("other"), backend(9002));
        Files.setLastModifiedTime(other, old);
        Files.move(other, directory.resolve("a.yaml"), StandardCopyOption.REPLACE_EXISTING);
        assertTrue(source.changed());
    }

    @Test
    void noticesNewAndRemovedFiles() throws IOException {
        load();
        write("b.yml", backend(9002).replace("name: app", "name: two"));
        assertTrue(source.changed());
        assertEquals(2, load().config().backends().size());
        assertFalse(source.changed());
        Files.delete(directory.resolve("a.yaml"));
        assertTrue(source.changed());
        assertEquals(9002, port(load()));
    }

    @Test
    void leavesOtherAndHiddenEntriesAlone() throws IOException {
        write("notes.txt", "not yaml: [");
        write(".hidden.yaml", "not yaml: [");
        Files.createDirectory(directory.resolve("sub.yaml"));
        assertEquals(9001, port(load()));
    }

    @Test
    void followsTheSymbolicLinkThatKubernetesSwaps() throws IOException {
        Files.delete(directory.resolve("a.yaml"));
        Path first = Files.createDirectory(directory.resolve("..2026_01_01"));
        Files.writeString(first.resolve("a.yaml"), backend(9001));
        Files.createSymbolicLink(directory.resolve("..data"), Path.of("..2026_01_01"));
        Files.createSymbolicLink(directory.resolve("a.yaml"), Path.of("..data/a.yaml"));
        assertEquals(9001, port(load()));
        assertFalse(source.changed());

        Path second = Files.createDirectory(directory.resolve("..2026_01_02"));
        Files.writeString(second.resolve("a.yaml"), backend(9002));
        Files.createSymbolicLink(directory.resolve("..data_tmp"), Path.of("..2026_01_02"));
        Files.move(
                directory.resolve("..data_tmp"),
                directory.resolve("..data"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        assertTrue(source.changed());
        assertEquals(9002, port(load()));
        assertFalse(source.changed());
    }

    @Test
    void noticesNewCertificates() throws Exception {
        TestCertificates.ec().write(directory, "edge");
        write("b.yaml", CERTIFICATE);
        String digest = load().config().digest();
        assertFalse(source.changed());
        TestCertificates.ec().write(directory, "edge");
        assertTrue(source.changed());
        assertNotEquals(digest, load().config().digest());
        assertFalse(source.changed());
    }

    @Test
    void noticesWhenAMissingCertificateAppears() throws Exception {
        write("b.yaml", CERTIFICATE);
        Rejected rejected = assertInstanceOf(Rejected.class, source.load());
        assertEquals(2, rejected.problems().size());
        assertFalse(source.changed());
        TestCertificates.ec().write(directory, "edge");
        assertTrue(source.changed());
        load();
    }

    @Test
    void warnsOfAnExpiredCertificate() throws Exception {
        TestCertificates.ec(-1).write(directory, "edge");
        write("b.yaml", CERTIFICATE);
        String warning = load().warnings().get(0).toString();
        assertTrue(warning.contains("b.yaml:4:18 /spec/certFile: "), warning);
        assertTrue(warning.contains("edge.crt expired on 2"), warning);
    }

    @Test
    void missingPathsAndEmptyDirectoriesAreProblems() throws IOException {
        Path empty = Files.createDirectory(directory.resolve("empty"));
        Path missing = directory.resolve("missing.yaml");
        LoadedConfig loaded = ConfigLoader.load(List.of(missing, empty));
        Rejected rejected = assertInstanceOf(Rejected.class, loaded.result());
        assertEquals(
                List.of(
                        empty + ":1:1 the directory holds no *.yaml or *.yml file",
                        missing + ":1:1 no such file or directory"),
                rejected.problems().stream().map(Object::toString).toList());
    }

    @Test
    void oversizedAndForeignFilesAreProblems() throws IOException {
        Files.write(directory.resolve("b.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        Files.write(directory.resolve("c.yaml"), new byte[16 * 1024 * 1024 + 1]);
        Rejected rejected = assertInstanceOf(Rejected.class, source.load());
        assertEquals(
                List.of(
                        directory.resolve("b.yaml") + ":1:1 the file is not UTF-8 text",
                        directory.resolve("c.yaml") + ":1:1 the file is larger than 16777216 bytes"),
                rejected.problems().stream().map(Object::toString).toList());
    }

    @Test
    void aDuplicateInAnotherFileNamesBothPlaces() throws IOException {
        write("b.yaml", "# the same again\n" + backend(9002));
        Rejected rejected = assertInstanceOf(Rejected.class, source.load());
        assertEquals(
                List.of(directory.resolve("b.yaml") + ":4:18 /metadata/name: duplicate Backend default/app (first: "
                        + directory.resolve("a.yaml") + ":3:12)"),
                rejected.problems().stream().map(Object::toString).toList());
    }

    private Accepted load() {
        return assertInstanceOf(Accepted.class, source.load());
    }

    private static int port(Accepted accepted) {
        Backend backend = accepted.config().backends().get(0);
        return backend.endpoints().get(0).port();
    }

    private static String backend(int port) {
        return """
            apiVersion: sluice.dev/v1
            kind: Backend
            metadata: {name: app}
            spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
            """
                .formatted(port);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }
}
