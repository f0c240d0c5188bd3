package dev.sluice.deploy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DevelopmentCertificateTest {

    @TempDir
    Path directory;

    private static X509Certificate read(Path file) throws Exception {
        try (var in = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    @Test
    void namesThisMachineAndFitsItsKey() throws Exception {
        CertificateFiles files = DevelopmentCertificate.in(directory.resolve("new"));
        X509Certificate certificate = read(files.cert());
        Set<Object> names = certificate.getSubjectAlternativeNames().stream()
                .map(name -> name.get(1))
                .collect(Collectors.toSet());
        assertTrue(
                names.containsAll(Set.of("localhost", "*.localhost", "127.0.0.1", "0:0:0:0:0:0:0:1")),
                names.toString());
        certificate.checkValidity();
        certificate.verify(certificate.getPublicKey());

        String pem = Files.readString(files.key());
        assertTrue(pem.startsWith("-----BEGIN PRIVATE KEY-----"), "PKCS#8");
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(key);
        signature.update(der);
        byte[] signed = signature.sign();
        signature.initVerify(certificate);
        signature.update(der);
        assertTrue(signature.verify(signed));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(files.key())));
    }

    @Test
    void isKept() throws Exception {
        byte[] first = Files.readAllBytes(DevelopmentCertificate.in(directory).cert());
        assertArrayEquals(
                first, Files.readAllBytes(DevelopmentCertificate.in(directory).cert()));
    }

    @Test
    void isMadeAnewWhenItCannotBeRead() throws Exception {
        CertificateFiles files = DevelopmentCertificate.in(directory);
        Files.writeString(files.cert(), "no certificate");
        read(DevelopmentCertificate.in(directory).cert()).checkValidity();
    }
}
