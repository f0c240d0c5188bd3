package dev.sluice.bench.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.bench.load.Protocol;
import dev.sluice.bench.scenario.Needs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What peers are told to do. */
final class ConfigurationTest {

    @TempDir
    Path dir;

    private Site site(Protocol front, boolean h2cBackend, int routes) throws IOException {
        Certificate certificate = Certificate.create(dir);
        Needs needs = new Needs(front, h2cBackend, routes);
        return new Site(dir, needs, 1001, 1002, 1003, 1004, certificate.certificate(), certificate.key(), 2);
    }

    @Test
    void everyRouteIsInEveryConfiguration() throws IOException {
        Site site = site(Protocol.HTTP1, false, 3);
        for (Peer peer : List.of(
                new SluicePeer("sluice", Path.of("sluice"), List.of(), ""),
                new NginxPeer(),
                new HaproxyPeer(false),
                new NghttpxPeer(),
                new SpringCloudGatewayPeer(dir, dir))) {
            assertTrue(peer.speaks(site.needs()), peer.name());
            peer.launch(site);
        }
        for (String file : List.of("gateway.yaml", "nginx.conf", "routes.map", "nghttpx.conf", "application.yaml")) {
            String text = Files.readString(dir.resolve(file));
            for (String prefix : List.of("/r00000/", "/r00001/", "/r00002/")) {
                assertTrue(text.contains(prefix), file + " has no " + prefix);
            }
            assertFalse(text.contains("/r00003/"), file);
        }
    }

    @Test
    void grpcGoesToTheBackendsHttp2Port() throws IOException {
        Site site = site(Protocol.H2C, true, 0);
        new NginxPeer().launch(site);
        new HaproxyPeer(false).launch(site);
        new NghttpxPeer().launch(site);

        assertTrue(Files.readString(dir.resolve("nginx.conf")).contains("grpc_pass grpc://backend;"));
        assertTrue(Files.readString(dir.resolve("nginx.conf")).contains("server 127.0.0.1:1004;"));
        assertTrue(Pattern.compile("server one 127.0.0.1:1004 .* proto h2")
                .matcher(Files.readString(dir.resolve("haproxy.cfg")))
                .find());
        assertTrue(Files.readString(dir.resolve("nghttpx.conf")).contains("backend=127.0.0.1,1004;/;proto=h2\n"));
    }

    @Test
    void sluiceIsStartedAsItsUsersDo() throws IOException {
        Site site = site(Protocol.H2C, true, 0);
        Launch launch =
                new SluicePeer("sluice", Path.of("/s/sluice"), List.of("--transport", "nio"), "-Xmx1g").launch(site);

        assertEquals(
                "/s/sluice run --to h2c://127.0.0.1:1004 --listen 127.0.0.1:1001 --listen-tls 127.0.0.1:1002"
                        + " --cert %s --key %s --admin off --access-log off --event-loops 2 --transport nio"
                                .formatted(site.certificate(), site.key()),
                String.join(" ", launch.command()));
        assertEquals("-Xmx1g", launch.environment().get("SLUICE_JAVA_OPTS"));
    }

    @Test
    void sluiceHasTheOneCipherWhateverProvidesItsTls() throws IOException {
        Launch launch = new SluicePeer("sluice", Path.of("sluice"), List.of(), "-Xmx1g")
                .launch(site(Protocol.HTTP1_TLS, false, 0));

        assertEquals(
                "-Djava.security.properties=" + dir.resolve("java.security") + " -Xmx1g",
                launch.environment().get("SLUICE_JAVA_OPTS"));
        assertTrue(Files.readString(dir.resolve("java.security")).contains("TLS_AES_256_GCM_SHA384"));
    }

    @Test
    void aTcpProxyPassesOnlyWhatBothSidesSpeak() {
        Peer tcp = new HaproxyPeer(true);

        assertTrue(tcp.speaks(new Needs(Protocol.HTTP1, false, 0)));
        assertTrue(tcp.speaks(new Needs(Protocol.H2C, true, 0)));
        assertFalse(tcp.speaks(new Needs(Protocol.H2C, false, 0)));
        assertFalse(tcp.speaks(new Needs(Protocol.HTTP1, false, 10)));
    }

    @Test
    void theCertificateIsOnP256ForTheHostThatRequestsName() throws Exception {
        Certificate certificate = Certificate.create(dir);
        try (var in = Files.newInputStream(certificate.certificate())) {
            X509Certificate read =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);

            assertEquals("CN=localhost", read.getSubjectX500Principal().getName());
            assertEquals("EC", read.getPublicKey().getAlgorithm());
            read.verify(read.getPublicKey());
        }
    }

    @Test
    void aPackageThatIsNotThereSaysHowToGetIt() {
        assertEquals(
                "missing: apt-get install some-package",
                new DebianPackage("no-such-program-anywhere", "some-package")
                        .missing()
                        .orElseThrow());
    }
}
