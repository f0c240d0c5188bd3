package dev.sluice.grpc.transcode;

import static dev.sluice.grpc.transcode.TestApi.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.api.AnnotationsProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodOptions;
import dev.sluice.config.GrpcTerms.Transcoding;
import dev.sluice.config.GrpcTerms.Transcoding.FieldNames;
import dev.sluice.config.GrpcTerms.Transcoding.UnknownFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What descriptor sets there may be, and what is said of others. */
final class TranscoderTest {

    @TempDir
    Path directory;

    private final TestApi api = new TestApi().message("M", "string s = 1").rpc("Do", "M", "M", get("/v1/{s}"));
    private Path good = Path.of("");

    @BeforeEach
    void write() throws IOException {
        good = write("good.pb", api.set().toByteArray());
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(directory.resolve(name), bytes);
    }

    private static Transcoder load(List<Path> files, String... services) {
        return Transcoder.of(new Transcoding(
                files, List.of(services), UnknownFields.REJECT, FieldNames.JSON, false, false, TestApi.MAX_BYTES));
    }

    private static String wrong(List<Path> files, String... services) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, () -> load(files, services))
                .getMessage());
    }

    @Test
    void aFileThatIsNotThere() {
        Path file = directory.resolve("absent.pb");
        assertEquals(file + " cannot be read: java.nio.file.NoSuchFileException: " + file, wrong(List.of(file)));
    }

    @Test
    void aFileThatIsNoDescriptorSet() throws IOException {
        Path text = write("text.proto", "syntax = \"proto3\";\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertEquals(text + " (expected: a serialized FileDescriptorSet)", wrong(List.of(good, text)));
        Path empty = write("empty.pb", new byte[0]);
        assertEquals(empty + " (expected: a serialized FileDescriptorSet, with files)", wrong(List.of(empty)));
    }

    @Test
    void anImportThatIsMissing() throws IOException {
        Path file = write(
                "alone.pb",
                FileDescriptorSet.newBuilder().addFile(api.proto()).build().toByteArray());
        assertEquals(
                file
                        + ": test.proto imports google/protobuf/any.proto (expected: a set that has it, as --include_imports"
                        + " makes)",
                wrong(List.of(file)));
        assertNotNull(load(List.of(file, good)));
    }

    @Test
    void filesThatImportEachOther() throws IOException {
        FileDescriptorProto a =
                FileDescriptorProto.newBuilder().setName("a").addDependency("b").build();
        FileDescriptorProto b =
                FileDescriptorProto.newBuilder().setName("b").addDependency("a").build();
        Path file = write(
                "cycle.pb",
                FileDescriptorSet.newBuilder().addFile(a).addFile(b).build().toByteArray());
        assertEquals(file + ": a imports itself", wrong(List.of(file)));
    }

    @Test
    void oneFileInTwoSets() throws IOException {
        FileDescriptorSet.Builder commented = api.set().toBuilder();
        commented
                .getFileBuilder(commented.getFileCount() - 1)
                .getSourceCodeInfoBuilder()
                .addLocationBuilder();
        assertNotNull(load(List.of(good, write("same.pb", commented.build().toByteArray()))));
        Path other = write(
                "other.pb", new TestApi().message("M", "string t = 1").set().toByteArray());
        assertEquals(other + ": test.proto (expected: the same as in " + good + ")", wrong(List.of(good, other)));
    }

    @Test
    void aFileThatDoesNotLink() throws IOException {
        Path file =
                write("bad.pb", new TestApi().message("M", "Absent a = 1").set().toByteArray());
        assertEquals(file + ": test.proto: test.M.a: \".test.Absent\" is not defined.", wrong(List.of(file)));
    }

    @Test
    void servicesThatAreOffered() {
        assertNotNull(load(List.of(good), "test.Api"));
        assertEquals(
                "a.B, test.Other (expected: services that the descriptor sets define)",
                wrong(List.of(good), "test.Other", "test.Api", "a.B"));
    }

    @Test
    void aServiceThatIsNotOfferedHasNoPaths() throws IOException {
        FileDescriptorProto.Builder second =
                api.proto().toBuilder().setName("second.proto").setPackage("second");
        second.getMessageTypeBuilder(0).setName("M");
        second.getServiceBuilder(0).setName("Second");
        MethodOptions.Builder options =
                second.getServiceBuilder(0).getMethodBuilder(0).getOptionsBuilder();
        options.setExtension(AnnotationsProto.http, get("/second/{s}").build());
        second.getServiceBuilder(0)
                .getMethodBuilder(0)
                .setInputType(".second.M")
                .setOutputType(".second.M");
        Path file =
                write("two.pb", api.set().toBuilder().addFile(second).build().toByteArray());
        assertNotNull(TestCall.begin(api, load(List.of(file)), "GET", "/second/x").call);
        assertEquals(null, TestCall.begin(api, load(List.of(file), "test.Api"), "GET", "/second/x").call);
        assertNotNull(TestCall.begin(api, load(List.of(file), "test.Api"), "GET", "/v1/x").call);
    }

    @Test
    void noRuleAtAll() throws IOException {
        Path file = write("none.pb", new TestApi().message("M").set().toByteArray());
        assertTrue(
                wrong(List.of(file)).startsWith("No method has a google.api.http option (expected: at least one in "));
    }
}
