package dev.sluice.grpc.transcode;

import com.google.api.AnnotationsProto;
import com.google.api.HttpBody;
import com.google.api.HttpRule;
import com.google.protobuf.Any;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Empty;
import com.google.protobuf.FieldMask;
import com.google.protobuf.StringValue;
import com.google.protobuf.Struct;
import com.google.protobuf.TextFormat;
import com.google.protobuf.Timestamp;
import dev.sluice.config.GrpcTerms.Transcoding;
import dev.sluice.config.GrpcTerms.Transcoding.FieldNames;
import dev.sluice.config.GrpcTerms.Transcoding.UnknownFields;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One {@code .proto} file of package {@code test} with a service {@code test.Api}, written almost as protoc reads it. */
final class TestApi {

    static final int MAX_BYTES = 4096;

    /** What every file imports: these and what they need. */
    private static final List<FileDescriptor> IMPORTS = List.of(
            Any.getDescriptor().getFile(),
            Duration.getDescriptor().getFile(),
            Empty.getDescriptor().getFile(),
            FieldMask.getDescriptor().getFile(),
            StringValue.getDescriptor().getFile(),
            Struct.getDescriptor().getFile(),
            Timestamp.getDescriptor().getFile(),
            HttpBody.getDescriptor().getFile());

    private final FileDescriptorProto.Builder file = FileDescriptorProto.newBuilder()
            .setName("test.proto")
            .setPackage("test")
            .setSyntax("proto3");
    private final ServiceDescriptorProto.Builder service =
            ServiceDescriptorProto.newBuilder().setName("Api");

    TestApi() {
        IMPORTS.forEach(imported -> file.addDependency(imported.getName()));
    }

    /** The field lines are such as {@code repeated int32 n = 1}, {@code map<string, int32> m = 2}, {@code kind: string a = 3} (of oneof kind). */
    TestApi message(String name, String... fields) {
        DescriptorProto.Builder message = DescriptorProto.newBuilder().setName(name);
        for (String line : fields) {
            field(message, line);
        }
        file.addMessageType(message);
        return this;
    }

    /** Values are numbered from 0. */
    TestApi enumeration(String name, String... values) {
        EnumDescriptorProto.Builder type = EnumDescriptorProto.newBuilder().setName(name);
        for (int i = 0; i < values.length; i++) {
            type.addValueBuilder().setName(values[i]).setNumber(i);
        }
        file.addEnumType(type);
        return this;
    }

    /** @param input with {@code stream } before it when it is one; so the output */
    TestApi rpc(String name, String input, String output, HttpRule.Builder rule) {
        MethodDescriptorProto.Builder method = service.addMethodBuilder().setName(name);
        method.setClientStreaming(input.startsWith("stream ")).setServerStreaming(output.startsWith("stream "));
        method.setInputType(typeName(input.replace("stream ", "")));
        method.setOutputType(typeName(output.replace("stream ", "")));
        method.getOptionsBuilder().setExtension(AnnotationsProto.http, rule.build());
        return this;
    }

    static HttpRule.Builder get(String path) {
        return HttpRule.newBuilder().setGet(path);
    }

    static HttpRule.Builder post(String path, String body) {
        return HttpRule.newBuilder().setPost(path).setBody(body);
    }

    static HttpRule.Builder patch(String path, String body) {
        return HttpRule.newBuilder().setPatch(path).setBody(body);
    }

    static HttpRule.Builder custom(String kind, String path) {
        HttpRule.Builder rule = HttpRule.newBuilder();
        rule.getCustomBuilder().setKind(kind).setPath(path);
        return rule;
    }

    FileDescriptorProto proto() {
        return file.clone().addService(service).build();
    }

    /** The file with its imports. */
    FileDescriptorSet set() {
        FileDescriptorSet.Builder set = FileDescriptorSet.newBuilder();
        IMPORTS.forEach(imported -> set.addFile(imported.toProto()));
        return set.addFile(proto()).build();
    }

    Transcoder transcoder() {
        return transcoder(UnknownFields.REJECT, FieldNames.JSON, false, false);
    }

    Transcoder transcoder(UnknownFields unknown, FieldNames names, boolean defaults, boolean enumNumbers) {
        Path path = write(set());
        try {
            return Transcoder.of(
                    new Transcoding(List.of(path), List.of(), unknown, names, defaults, enumNumbers, MAX_BYTES));
        } finally {
            delete(path);
        }
    }

    private static void delete(Path path) {
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path write(FileDescriptorSet set) {
        try {
            return Files.write(Files.createTempFile("test", ".pb"), set.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A message of the file, or of what it imports, in protobuf's text format, serialized. */
    byte[] bytes(String type, String text) {
        Path path = write(set());
        try {
            Descriptor descriptor = DescriptorSets.load(List.of(path)).stream()
                    .flatMap(f -> f.getMessageTypes().stream())
                    .filter(m -> m.getFullName().equals(typeName(type).substring(1)))
                    .findFirst()
                    .orElseThrow();
            DynamicMessage.Builder message = DynamicMessage.newBuilder(descriptor);
            TextFormat.merge(text, message);
            return message.build().toByteArray();
        } catch (TextFormat.ParseException e) {
            throw new IllegalArgumentException(text, e);
        } finally {
            delete(path);
        }
    }

    private static void field(DescriptorProto.Builder message, String line) {
        String text = line;
        FieldDescriptorProto.Builder field = message.addFieldBuilder().setLabel(Label.LABEL_OPTIONAL);
        int colon = text.indexOf(": ");
        if (colon >= 0) {
            String oneof = text.substring(0, colon);
            text = text.substring(colon + 2);
            int index = 0;
            while (index < message.getOneofDeclCount()
                    && !message.getOneofDecl(index).getName().equals(oneof)) {
                index++;
            }
            if (index == message.getOneofDeclCount()) {
                message.addOneofDeclBuilder().setName(oneof);
            }
            field.setOneofIndex(index);
        }
        String[] sides = text.split(" = ", 2);
        int space = sides[0].lastIndexOf(' ');
        field.setName(sides[0].substring(space + 1)).setNumber(Integer.parseInt(sides[1]));
        String type = sides[0].substring(0, space);
        if (type.startsWith("repeated ")) {
            field.setLabel(Label.LABEL_REPEATED);
            type = type.substring("repeated ".length());
        }
        if (type.startsWith("map<")) {
            String[] entry = type.substring(4, type.length() - 1).split(", ", 2);
            String name = camel(field.getName()) + "Entry";
            DescriptorProto.Builder nested = message.addNestedTypeBuilder().setName(name);
            nested.getOptionsBuilder().setMapEntry(true);
            field(nested, entry[0] + " key = 1");
            field(nested, entry[1] + " value = 2");
            field.setLabel(Label.LABEL_REPEATED).setTypeName(name).setType(FieldDescriptorProto.Type.TYPE_MESSAGE);
            return;
        }
        if (type.equals(type.toLowerCase(Locale.ROOT))) {
            field.setType(FieldDescriptorProto.Type.valueOf("TYPE_" + type.toUpperCase(Locale.ROOT)));
        } else {
            field.setTypeName(typeName(type)); // a message or an enum: linking finds out
        }
    }

    private static String camel(String name) {
        StringBuilder camel = new StringBuilder();
        for (String word : name.split("_", -1)) {
            camel.append(word.substring(0, 1).toUpperCase(Locale.ROOT)).append(word.substring(1));
        }
        return camel.toString();
    }

    private static String typeName(String type) {
        Map<String, String> other = Map.of("HttpBody", ".google.api.HttpBody");
        if (other.containsKey(type)) {
            return other.get(type);
        }
        return type.startsWith("google.") ? "." + type : ".test." + type;
    }
}
