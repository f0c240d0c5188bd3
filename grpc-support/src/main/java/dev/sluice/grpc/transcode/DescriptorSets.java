package dev.sluice.grpc.transcode;

import com.google.api.AnnotationsProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads files as {@code protoc --descriptor_set_out --include_imports} writes them, and links what they define. */
final class DescriptorSets {

    private final Map<String, FileDescriptorProto> protos = new LinkedHashMap<>();
    /** The file that each came from, for messages. */
    private final Map<String, Path> origins = new LinkedHashMap<>();

    private final Map<String, FileDescriptor> linked = new LinkedHashMap<>();
    private final Set<String> linking = new LinkedHashSet<>();

    private DescriptorSets() {}

    /**
     * All {@code .proto} files that the sets define; imports may be in any of them.
     *
     * @throws IllegalArgumentException with a message for the user
     */
    static List<FileDescriptor> load(List<Path> files) {
        DescriptorSets sets = new DescriptorSets();
        for (Path file : files) {
            sets.read(file);
        }
        for (String name : sets.protos.keySet()) {
            FileDescriptor unused = sets.link(name);
        }
        return List.copyOf(sets.linked.values());
    }

    private void read(Path file) {
        ExtensionRegistry registry = ExtensionRegistry.newInstance();
        AnnotationsProto.registerAllExtensions(registry);
        FileDescriptorSet set;
        try {
            set = FileDescriptorSet.parseFrom(Files.readAllBytes(file), registry);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(file + " (expected: a serialized FileDescriptorSet)", e);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read: " + e, e);
        }
        if (set.getFileCount() == 0) {
            throw new IllegalArgumentException(file + " (expected: a serialized FileDescriptorSet, with files)");
        }
        for (FileDescriptorProto proto : set.getFileList()) {
            // Comments and positions are no part of what a file defines.
            FileDescriptorProto bare = proto.toBuilder().clearSourceCodeInfo().build();
            FileDescriptorProto other = protos.putIfAbsent(proto.getName(), bare);
            Path origin = origins.putIfAbsent(proto.getName(), file);
            if (other != null && !other.equals(bare)) {
                throw new IllegalArgumentException(
                        file + ": " + proto.getName() + " (expected: the same as in " + origin + ")");
            }
        }
    }

    private FileDescriptor link(String name) {
        FileDescriptor done = linked.get(name);
        if (done != null) {
            return done;
        }
        FileDescriptorProto proto = protos.get(name);
        String where = origins.get(name) + ": " + name;
        if (proto == null || !linking.add(name)) {
            throw new IllegalArgumentException(where + " imports itself");
        }
        FileDescriptor[] imports = new FileDescriptor[proto.getDependencyCount()];
        for (int i = 0; i < imports.length; i++) {
            String imported = proto.getDependency(i);
            if (!protos.containsKey(imported)) {
                throw new IllegalArgumentException(
                        where + " imports " + imported + " (expected: a set that has it, as --include_imports makes)");
            }
            imports[i] = link(imported);
        }
        try {
            FileDescriptor file = FileDescriptor.buildFrom(proto, imports);
            linked.put(name, file);
            return file;
        } catch (DescriptorValidationException e) {
            throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
        }
    }
}
