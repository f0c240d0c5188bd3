package dev.sluice.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostsFileTest {

    @TempDir
    Path directory = Path.of("");

    @Test
    void readsTheFileAgainWhenItHasChanged() throws IOException {
        Path file = directory.resolve("hosts");
        HostsFile hosts = new HostsFile(file);
        assertEquals(List.of(), hosts.addresses("app"));
        Files.writeString(file, "::1 app\n10.0.0.1 App other # comment\n10.0.0.2 app\n");
        assertEquals(List.of("10.0.0.1", "10.0.0.2", "0:0:0:0:0:0:0:1"), hosts.addresses("APP"));
        assertEquals(List.of(), hosts.addresses("unknown"));
        Files.writeString(file, "10.0.0.3 app\n");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
        assertEquals(List.of("10.0.0.3"), hosts.addresses("app"));
        Files.delete(file);
        assertEquals(List.of("10.0.0.3"), hosts.addresses("app"), "the last good one");
    }
}
