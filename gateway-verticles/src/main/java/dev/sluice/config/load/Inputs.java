package dev.sluice.config.load;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Reads files within bounds and remembers what each one held, so that a change can be noticed. */
final class Inputs {

    private final Map<Path, FileState> states = new LinkedHashMap<>();
    private final byte[] text;

    /** Of files alone. */
    Inputs() {
        text = new byte[0];
    }

    /** Of a text that is no file's, and of the files that it names. */
    Inputs(String text) {
        this.text = text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The whole file.
     *
     * @throws IOException with a message for the user, also when the file is larger than {@code maxBytes}
     */
    byte[] read(Path path, int maxBytes) throws IOException {
        // The stamp is taken first: a change while reading then shows at the next look.
        FileState.Stamp stamp = FileState.stamp(path);
        states.put(path, new FileState(stamp, FileState.UNREADABLE));
        byte[] content = content(path, maxBytes);
        states.put(path, new FileState(stamp, sha256().digest(content)));
        return content;
    }

    /** Every file that was asked for, in that order, also those that could not be read. */
    Map<Path, FileState> states() {
        return Collections.unmodifiableMap(states);
    }

    /** SHA-256 of all that was read but for these files, in order; hex. */
    String digest(Set<Path> without) {
        MessageDigest all = sha256();
        all.update(text);
        states.forEach((path, state) -> {
            if (!without.contains(path)) {
                all.update(state.sha256());
            }
        });
        return HexFormat.of().formatHex(all.digest());
    }

    static byte[] content(Path path, int maxBytes) throws IOException {
        if (Files.isDirectory(path)) {
            throw new IOException("is a directory");
        }
        try (InputStream in = Files.newInputStream(path)) {
            byte[] content = in.readNBytes(maxBytes + 1);
            if (content.length > maxBytes) {
                throw new IOException("is larger than " + maxBytes + " bytes");
            }
            return content;
        } catch (NoSuchFileException e) {
            throw new IOException("does not exist", e);
        } catch (AccessDeniedException e) {
            throw new IOException("may not be read by this user", e);
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java runtime has SHA-256", e);
        }
    }
}
