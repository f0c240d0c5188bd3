package dev.sluice.config.load;

import dev.sluice.config.ConfigProblem;
import dev.sluice.config.Defaults;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Files as one text that can be pushed.
 *
 * @param text all their documents
 * @param parts which lines are whose, in order
 */
public record PushedText(String text, List<Part> parts) {

    /**
     * One file in the text.
     *
     * @param firstLine where it begins, 1-based
     */
    public record Part(Path file, int firstLine) {}

    public PushedText {
        parts = List.copyOf(parts);
    }

    /**
     * Reads them; blocks.
     *
     * @param paths YAML files, and directories whose {@code *.yaml} and {@code *.yml} files are read
     * @throws IOException with a message for the user, when one cannot be read
     */
    public static PushedText read(List<Path> paths) throws IOException {
        ConfigFiles files = ConfigFiles.list(paths);
        for (var unusable : files.unusable().entrySet()) {
            throw new IOException(unusable.getKey() + ": " + unusable.getValue());
        }
        StringBuilder text = new StringBuilder();
        List<Part> parts = new ArrayList<>();
        for (Path file : files.files()) {
            if (!parts.isEmpty()) {
                text.append("---\n");
            }
            parts.add(
                    new Part(file, 1 + (int) text.chars().filter(c -> c == '\n').count()));
            String content = content(file);
            text.append(content).append(content.endsWith("\n") ? "" : "\n");
        }
        return new PushedText(text.toString(), parts);
    }

    /** A problem with this text as one with the file that it stands in. */
    public ConfigProblem locate(ConfigProblem problem) {
        Part in = null;
        for (Part part : parts) {
            if (part.firstLine <= problem.line()) {
                in = part;
            }
        }
        return in == null || !problem.file().equals(ConfigLoader.PUSHED)
                ? problem
                : new ConfigProblem(
                        in.file.toString(),
                        problem.line() - in.firstLine + 1,
                        problem.column(),
                        problem.pointer(),
                        problem.message());
    }

    private static String content(Path file) throws IOException {
        try {
            byte[] content = Inputs.content(file, Defaults.MAX_CONFIG_FILE_BYTES);
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IOException(file + ": the file is not UTF-8 text", e);
        } catch (IOException e) {
            throw new IOException(file + ": the file " + e.getMessage(), e);
        }
    }
}
