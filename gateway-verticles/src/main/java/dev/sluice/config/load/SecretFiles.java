package dev.sluice.config.load;

import dev.sluice.config.Defaults;
import dev.sluice.config.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Files that hold one secret each. They are read once, so that what was checked is what is used. */
final class SecretFiles {

    private static final int MIN_CHARACTERS = 16;
    private static final int MAX_CHARACTERS = 1024;

    private final Inputs inputs;
    private final Problems problems;
    private final Map<Path, Secret> secrets = new HashMap<>();

    SecretFiles(Inputs inputs, Problems problems) {
        this.inputs = inputs;
        this.problems = problems;
    }

    /** Reads the file that a field names; space around the secret does not count. */
    void check(Field file) {
        Path path = PemFiles.path(file);
        if (path == null) {
            return;
        }
        try {
            byte[] content = inputs.read(path, Defaults.MAX_SECRET_FILE_BYTES);
            String secret = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString()
                    .strip();
            int length = secret.codePointCount(0, secret.length());
            if (length < MIN_CHARACTERS || length > MAX_CHARACTERS) {
                problems.add(
                        file,
                        path + " holds " + length + " characters (expected: " + MIN_CHARACTERS + " to " + MAX_CHARACTERS
                                + ")");
            }
            secrets.put(path, new Secret(secret));
        } catch (CharacterCodingException e) {
            problems.add(file, path + " is not UTF-8 text");
        } catch (IOException e) {
            problems.add(file, path + " " + e.getMessage());
        }
    }

    /** What the file held when it was checked; nothing when no file is named. */
    Secret secret(Field file) {
        Path path = PemFiles.path(file);
        return path == null ? new Secret("") : secrets.getOrDefault(path, new Secret(""));
    }
}
