package dev.sluice.grpc.service;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import sluice.proto.reflection.v1.FileDescriptorResponse;
import sluice.proto.reflection.v1.ServerReflectionRequest;

/** The files that this process describes without asking anybody, with all that they import. */
final class OwnFiles {

    private final Set<String> services = new TreeSet<>();
    private final Map<String, FileDescriptor> byName = new HashMap<>();
    private final Map<String, FileDescriptor> bySymbol = new HashMap<>();
    /** By type and number. */
    private final Map<String, Map<Integer, FileDescriptor>> extensions = new HashMap<>();

    /** @param files those whose services are offered, beside reflection's own */
    OwnFiles(FileDescriptor... files) {
        List<FileDescriptor> offered = new ArrayList<>(List.of(files));
        offered.addAll(ReflectionService.files());
        for (FileDescriptor file : offered) {
            file.getServices().forEach(service -> services.add(service.getFullName()));
            withImports(file).forEach(this::add);
        }
    }

    /** Full names, sorted. */
    Set<String> services() {
        return services;
    }

    /** The file that a request asks for, behind what it imports; null when it is none of these. */
    @Nullable
    FileDescriptorResponse file(ServerReflectionRequest request) {
        FileDescriptor file =
                switch (request.getMessageRequestCase()) {
                    case FILE_BY_FILENAME -> byName.get(request.getFileByFilename());
                    case FILE_CONTAINING_SYMBOL -> bySymbol.get(request.getFileContainingSymbol());
                    case FILE_CONTAINING_EXTENSION ->
                        extensions
                                .getOrDefault(
                                        request.getFileContainingExtension().getContainingType(), Map.of())
                                .get(request.getFileContainingExtension().getExtensionNumber());
                    default -> null;
                };
        if (file == null) {
            return null;
        }
        FileDescriptorResponse.Builder response = FileDescriptorResponse.newBuilder();
        withImports(file)
                .forEach(each -> response.addFileDescriptorProto(each.toProto().toByteString()));
        return response.build();
    }

    /** Whether this message is one of theirs. */
    boolean knows(String type) {
        return bySymbol.containsKey(type);
    }

    /** Numbers of the extensions of a message. */
    Set<Integer> extensions(String type) {
        return extensions.getOrDefault(type, Map.of()).keySet();
    }

    /** The file first, as clients expect that take the first for the answer. */
    private static Set<FileDescriptor> withImports(FileDescriptor file) {
        Set<FileDescriptor> all = new LinkedHashSet<>();
        collect(file, all);
        return all;
    }

    private static void collect(FileDescriptor file, Set<FileDescriptor> all) {
        if (all.add(file)) {
            file.getDependencies().forEach(imported -> collect(imported, all));
        }
    }

    private void add(FileDescriptor file) {
        byName.put(file.getName(), file);
        file.getMessageTypes().forEach(type -> add(type, file));
        file.getEnumTypes().forEach(type -> add(type, file));
        file.getServices().forEach(service -> add(service, file));
        file.getExtensions().forEach(extension -> add(extension, file));
    }

    private void add(Descriptor type, FileDescriptor file) {
        bySymbol.put(type.getFullName(), file);
        type.getFields().forEach(field -> bySymbol.put(field.getFullName(), file));
        type.getNestedTypes().forEach(nested -> add(nested, file));
        type.getEnumTypes().forEach(nested -> add(nested, file));
        type.getExtensions().forEach(extension -> add(extension, file));
    }

    private void add(EnumDescriptor type, FileDescriptor file) {
        bySymbol.put(type.getFullName(), file);
        type.getValues().forEach(value -> bySymbol.put(value.getFullName(), file));
    }

    private void add(ServiceDescriptor service, FileDescriptor file) {
        bySymbol.put(service.getFullName(), file);
        service.getMethods().forEach(method -> bySymbol.put(method.getFullName(), file));
    }

    private void add(FieldDescriptor extension, FileDescriptor file) {
        bySymbol.put(extension.getFullName(), file);
        extensions
                .computeIfAbsent(extension.getContainingType().getFullName(), type -> new TreeMap<>())
                .put(extension.getNumber(), file);
    }
}
