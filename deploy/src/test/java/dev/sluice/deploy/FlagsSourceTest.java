package dev.sluice.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.ConfigProblem;
import dev.sluice.config.ConfigResult;
import dev.sluice.config.Gateway;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.Listener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FlagsSourceTest {

    @TempDir
    Path directory;

    private Path cert;
    private Path key;
    private FlagsSource source;

    @BeforeEach
    void create() throws IOException {
        cert = Files.writeString(directory.resolve("cert.pem"), "certificate one");
        key = Files.writeString(directory.resolve("key.pem"), "key");
        FlagsConfig.Tls tls =
                new FlagsConfig.Tls(ListenAddress.parse(":8443"), new CertificateFiles(cert, key), Http3.REQUIRED);
        source = new FlagsSource(
                new FlagsConfig(ListenAddress.parse("127.0.0.1:8080"), tls, new Routing(List.of(), List.of())),
                List.of());
    }

    private GatewayConfig load() {
        return assertInstanceOf(ConfigResult.Accepted.class, source.load()).config();
    }

    @Test
    void everyAddressIsAGatewayAndTheRouteAttachesToAll() {
        GatewayConfig config = load();
        assertEquals(
                List.of(
                        new Gateway(
                                FlagsConfig.key("http"),
                                List.of("127.0.0.1"),
                                List.of(new Listener("http", null, 8080, Listener.Protocol.HTTP, List.of(), false))),
                        new Gateway(
                                FlagsConfig.key("https"),
                                List.of(),
                                List.of(new Listener(
                                        "https",
                                        null,
                                        8443,
                                        Listener.Protocol.HTTPS,
                                        List.of(FlagsConfig.key("https")),
                                        false)))),
                config.gateways());
        assertEquals(
                List.of(FlagsConfig.key("http"), FlagsConfig.key("https")),
                config.routes().get(0).parentRefs().stream()
                        .map(ref -> ref.gateway())
                        .toList());
        assertEquals(Http3.REQUIRED, config.clientPolicies().get(0).terms().http3());
        assertEquals(cert, config.certificates().get(0).certFile());
    }

    @Test
    void aNewCertificateIsAChangeWithANewDigest() throws IOException {
        String first = load().digest();
        assertFalse(source.changed());
        assertEquals(first, load().digest());

        Files.writeString(cert, "certificate two");
        Files.setLastModifiedTime(cert, FileTime.fromMillis(1));
        assertTrue(source.changed());
        assertNotEquals(first, load().digest());
        assertFalse(source.changed());
    }

    @Test
    void aMissingFileIsAProblemAndNoException() throws IOException {
        load();
        Files.delete(key);
        assertTrue(source.changed());
        assertEquals(
                List.of(new ConfigProblem(key.toString(), 1, 1, "", "the file does not exist")),
                assertInstanceOf(ConfigResult.Rejected.class, source.load()).problems());
    }
}
