package dev.sluice.wire;

import io.netty.resolver.HostsFileEntriesProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The system's {@code hosts} file, read again when it has changed. Small and local: reading it does not count as blocking. */
public final class HostsFile {

    private final Path path;
    private @Nullable FileTime read;
    private Map<String, List<InetAddress>> ipv4 = Map.of();
    private Map<String, List<InetAddress>> ipv6 = Map.of();

    public HostsFile() {
        this(Path.of("/etc/hosts"));
    }

    HostsFile(Path path) {
        this.path = path;
    }

    /** The literal addresses of a name, IPv4 first; none when the file does not name it or cannot be read. */
    public List<String> addresses(String name) {
        refresh();
        String key = name.toLowerCase(Locale.ENGLISH);
        return Stream.of(ipv4, ipv6)
                .flatMap(entries -> entries.getOrDefault(key, List.of()).stream())
                .map(InetAddress::getHostAddress)
                .distinct()
                .toList();
    }

    private void refresh() {
        try {
            FileTime modified = Files.getLastModifiedTime(path);
            if (!modified.equals(read)) {
                HostsFileEntriesProvider entries =
                        HostsFileEntriesProvider.parser().parse(path.toFile(), StandardCharsets.UTF_8);
                ipv4 = entries.ipv4Entries();
                ipv6 = entries.ipv6Entries();
                read = modified;
            }
        } catch (IOException e) {
            // there need not be one
        }
    }
}
