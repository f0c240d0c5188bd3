package dev.sluice.deploy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/**
 * The self-signed certificate of a gateway that was given none: for this machine's own names, made once and kept, so
 * that a browser needs to be told only once.
 */
final class DevelopmentCertificate {

    /** Browsers refuse certificates of more than 398 days; a developer's machine is not up for longer anyway. */
    private static final Duration VALID = Duration.ofDays(90);

    /** A kept certificate with less left is made anew, so that it does not expire under a running gateway. */
    private static final Duration RENEW_BEFORE = Duration.ofDays(14);

    private DevelopmentCertificate() {}

    /**
     * The kept certificate, or a new one.
     *
     * @param directory where it is kept; created if it is missing
     */
    static CertificateFiles in(Path directory) throws IOException, GeneralSecurityException {
        CertificateFiles files =
                new CertificateFiles(directory.resolve("dev-cert.pem"), directory.resolve("dev-key.pem"));
        String hostName = hostName();
        if (!usable(files, hostName)) {
            Files.createDirectories(directory);
            SelfSigned made = SelfSigned.of(hostName, VALID);
            // The key first: who sees the certificate finds its key.
            replace(files.key(), made.keyPem());
            replace(files.cert(), made.certificatePem());
        }
        return files;
    }

    /** {@code $XDG_CACHE_HOME/sluice} or {@code ~/.cache/sluice}; a temporary one where that cannot be written. */
    static Path directory() throws IOException {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path base =
                cache == null || cache.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
        Path directory = base.resolve("sluice");
        try {
            Files.createDirectories(directory);
            if (Files.isWritable(directory)) {
                return directory;
            }
        } catch (IOException e) {
            // A read-only home, as in a container: the temporary directory below serves.
        }
        return Files.createTempDirectory("sluice-certificate-");
    }

    private static boolean usable(CertificateFiles files, String hostName) {
        if (!Files.isReadable(files.cert()) || !Files.isReadable(files.key())) {
            return false;
        }
        try (var in = Files.newInputStream(files.cert())) {
            X509Certificate certificate =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            boolean named = names != null && names.stream().anyMatch(name -> hostName.equals(name.get(1)));
            return named
                    && certificate
                            .getNotAfter()
                            .toInstant()
                            .isAfter(Instant.now().plus(RENEW_BEFORE));
        } catch (IOException | GeneralSecurityException e) {
            return false;
        }
    }

    /** Another gateway that starts at the same moment never reads half a file; nobody else reads the key. */
    private static void replace(Path file, String text) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        Path fresh = Files.createTempFile(
                directory,
                ".dev-",
                ".pem",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(fresh, text);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String hostName() {
        try {
            String name = InetAddress.getLocalHost().getHostName();
            return name.matches("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?") ? name : "localhost";
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
