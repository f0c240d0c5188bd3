package dev.sluice.config.load;

import dev.sluice.config.Defaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a file held when it was read.
 *
 * @param stamp its attributes just before; null when there was no such file
 * @param sha256 of its content, {@link #UNREADABLE} when it could not be read
 */
@SuppressWarnings("ArrayRecordComponent") // compared with Arrays.equals only
record FileState(@Nullable Stamp stamp, byte[] sha256) {

    static final byte[] UNREADABLE = new byte[0];

    /** Clocks of file systems tick coarsely; within this time after a change, another one may look the same. */
    private static final Duration TICK = Duration.ofSeconds(2);

    /**
     * What tells two contents apart without reading them.
     *
     * @param taken when this was looked up
     * @param realPath the file behind all symbolic links
     * @param fileKey the inode; null where the file system has none
     */
    record Stamp(Instant taken, Path realPath, @Nullable Object fileKey, long size, FileTime modified) {

        boolean provesSameContent(Stamp later) {
            return realPath.equals(later.realPath)
                    && size == later.size
                    && modified.equals(later.modified)
                    && (fileKey == null || fileKey.equals(later.fileKey))
                    && modified.toInstant().plus(TICK).isBefore(taken);
        }
    }

    /** Whether the file holds something else now. Reads it only when its attributes leave a doubt. */
    boolean hasChanged(Path path) {
        Stamp now = stamp(path);
        if (stamp == null || now == null) {
            return (stamp == null) != (now == null);
        }
        return !stamp.provesSameContent(now) && !Arrays.equals(sha256, digest(path));
    }

    static @Nullable Stamp stamp(Path path) {
        try {
            Instant taken = Instant.now();
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return new Stamp(
                    taken, path.toRealPath(), attributes.fileKey(), attributes.size(), attributes.lastModifiedTime());
        } catch (IOException e) {
            return null;
        }
    }

    private static byte[] digest(Path path) {
        try {
            return Inputs.sha256().digest(Inputs.content(path, Defaults.MAX_CONFIG_FILE_BYTES));
        } catch (IOException e) {
            return UNREADABLE;
        }
    }
}
