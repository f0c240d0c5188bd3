package dev.sluice.config.load;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/** Self-signed certificates in PEM. */
@SuppressWarnings("JavaUtilDate") // what the builder takes
record TestCertificates(X509CertificateHolder certificate, KeyPair keys) {

    static TestCertificates rsa() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        return selfSigned(generator.generateKeyPair(), "SHA256withRSA", 30);
    }

    static TestCertificates ec() throws Exception {
        return ec(30);
    }

    static TestCertificates ec(int validDays) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return selfSigned(generator.generateKeyPair(), "SHA256withECDSA", validDays);
    }

    private static TestCertificates selfSigned(KeyPair keys, String algorithm, int validDays) throws Exception {
        X500Name name = new X500Name("CN=example.com");
        Instant now = Instant.now();
        X509CertificateHolder certificate = new JcaX509v3CertificateBuilder(
                        name,
                        BigInteger.ONE,
                        Date.from(now.minus(60, ChronoUnit.DAYS)),
                        Date.from(now.plus(validDays, ChronoUnit.DAYS)),
                        name,
                        keys.getPublic())
                .build(new JcaContentSignerBuilder(algorithm).build(keys.getPrivate()));
        return new TestCertificates(certificate, keys);
    }

    /** {@code NAME.crt}, {@code NAME.key} (PKCS#8) and {@code NAME.old.key} (PKCS#1 or SEC 1). */
    void write(Path directory, String name) throws IOException {
        Files.writeString(directory.resolve(name + ".crt"), pem(certificate));
        Files.writeString(
                directory.resolve(name + ".key"),
                pem(new PemObject("PRIVATE KEY", keys.getPrivate().getEncoded())));
        PrivateKeyInfo info = PrivateKeyInfo.getInstance(keys.getPrivate().getEncoded());
        Files.writeString(
                directory.resolve(name + ".old.key"),
                pem(new PemObject(
                        keys.getPrivate().getAlgorithm() + " PRIVATE KEY",
                        info.parsePrivateKey().toASN1Primitive().getEncoded())));
    }

    private static String pem(Object object) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        }
        return text.toString();
    }
}
