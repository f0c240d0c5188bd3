package dev.sluice.deploy;

import dev.sluice.config.ConfigProblem;
import dev.sluice.config.ConfigResult;
import dev.sluice.spi.ConfigSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Flags as a source of configuration: constant but for the bytes of the certificate files. */
final class FlagsSource implements ConfigSource {

    private final FlagsConfig config;
    private final List<ConfigProblem> warnings;
    private List<FileTime> seen = List.of();

    FlagsSource(FlagsConfig config, List<ConfigProblem> warnings) {
        this.config = config;
        this.warnings = List.copyOf(warnings);
    }

    @Override
    public ConfigResult load() {
        seen = modified();
        MessageDigest digest = sha256();
        digest.update(config.toString().getBytes(StandardCharsets.UTF_8));
        List<ConfigProblem> problems = new ArrayList<>();
        for (Path file : files()) {
            try {
                digest.update(Files.readAllBytes(file));
            } catch (NoSuchFileException e) {
                problems.add(new ConfigProblem(file.toString(), 1, 1, "", "the file does not exist"));
            } catch (IOException e) {
                problems.add(new ConfigProblem(file.toString(), 1, 1, "", "the file cannot be read: " + e));
            }
        }
        return problems.isEmpty()
                ? new ConfigResult.Accepted(config.resources(HexFormat.of().formatHex(digest.digest())), warnings)
                : new ConfigResult.Rejected(problems);
    }

    @Override
    public boolean changed() {
        return !modified().equals(seen);
    }

    private List<Path> files() {
        FlagsConfig.Tls tls = config.tls();
        return tls == null
                ? List.of()
                : List.of(tls.certificate().cert(), tls.certificate().key());
    }

    private List<FileTime> modified() {
        List<FileTime> times = new ArrayList<>();
        for (Path file : files()) {
            try {
                times.add(Files.getLastModifiedTime(file));
            } catch (IOException e) {
                // A missing file differs from every file that was there.
                times.add(FileTime.fromMillis(0));
            }
        }
        return times;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
