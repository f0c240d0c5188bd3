package dev.sluice.spi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Locale;

/** Names nodes: the host's name, which in Kubernetes is the pod's, and something that no other start has. */
public final class NodeId {

    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");
    private static final int RANDOM_BYTES = 4;

    private NodeId() {}

    /** A new one, such as {@code gateway-7d9f-5c1e2a90}: lower-case letters, digits and dashes. */
    public static String next() {
        byte[] random = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(random);
        return host() + "-" + HexFormat.of().formatHex(random);
    }

    /** Asks the kernel and not DNS, which may make a start wait. */
    private static String host() {
        try {
            String name = Files.readString(HOST_NAME).strip().toLowerCase(Locale.ROOT);
            name = name.replaceAll("[^a-z0-9-].*", "");
            return name.isEmpty() ? "gateway" : name;
        } catch (IOException e) {
            return "gateway";
        }
    }
}
