package dev.sluice.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority of one test, with as many server and client certificates as it needs, in PEM files. */
public final class TestCertificates {

    private static final AtomicLong SERIAL = new AtomicLong(1);

    private final Path directory;
    private final KeyPair caKey;
    private final X509Certificate ca;
    private final Path caFile;

    private TestCertificates(Path directory) throws IOException {
        this.directory = directory;
        caKey = keyPair();
        ca = sign("Sluice Test CA", caKey, "Sluice Test CA", caKey, true);
        caFile = directory.resolve("ca.pem");
        write(caFile, ca);
    }

    /** One for {@code localhost} and {@code 127.0.0.1} that all tests of this JVM share; none of them renews it. */
    public static Leaf local() {
        return Local.LEAF;
    }

    private static final class Local {

        static final Leaf LEAF = make();

        private static Leaf make() {
            try {
                Path directory = Files.createTempDirectory("sluice-certificates");
                Leaf leaf = in(directory).leaf("localhost", "localhost", "127.0.0.1");
                directory.toFile().deleteOnExit(); // after its files: the last that is asked for goes first
                try (Stream<Path> files = Files.list(directory)) {
                    files.forEach(file -> file.toFile().deleteOnExit());
                }
                return leaf;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** A new authority, its files in this directory. */
    public static TestCertificates in(Path directory) throws IOException {
        return new TestCertificates(directory);
    }

    /** The authority's certificate. */
    public Path caFile() {
        return caFile;
    }

    /**
     * Makes a certificate, overwriting the files of an earlier one of this name, as a renewal does.
     *
     * @param name of the files, and the certificate's common name
     * @param subjectAltNames DNS names, wildcards and IP literals
     */
    public Leaf leaf(String name, String... subjectAltNames) throws IOException {
        KeyPair key = keyPair();
        X509Certificate certificate = sign(name, key, "Sluice Test CA", caKey, false, subjectAltNames);
        Path certFile = directory.resolve(name + ".pem");
        Path keyFile = directory.resolve(name + ".key");
        write(certFile, certificate);
        write(keyFile, new JcaPKCS8Generator(key.getPrivate(), null));
        return new Leaf(certFile, keyFile, certificate);
    }

    /** Trusts this authority alone. */
    public SSLContext clientContext() {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry("ca", ca);
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return context(factory.getTrustManagers());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Trusts whatever it is shown, to look at certificates of other names. */
    public static SSLContext trustAll() {
        try {
            return context(new TrustManager[] {new TrustAll()});
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * A certificate and its key.
     *
     * @param certFile PEM
     * @param keyFile PEM, PKCS#8
     * @param certificate the same certificate
     */
    public record Leaf(Path certFile, Path keyFile, X509Certificate certificate) {}

    private static SSLContext context(TrustManager[] trust) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust, null);
        return context;
    }

    private static KeyPair keyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Certificate sign(
            String subject, KeyPair key, String issuer, KeyPair issuerKey, boolean authority, String... names) {
        Instant now = Instant.now();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                new X500Name("CN=" + issuer),
                BigInteger.valueOf(SERIAL.getAndIncrement()),
                Date.from(now.minus(1, ChronoUnit.HOURS)),
                Date.from(now.plus(30, ChronoUnit.DAYS)),
                new X500Name("CN=" + subject),
                key.getPublic());
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            if (names.length > 0) {
                GeneralName[] alternatives =
                        Arrays.stream(names).map(TestCertificates::generalName).toArray(GeneralName[]::new);
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(alternatives));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(
                            new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKey.getPrivate())));
        } catch (IOException | OperatorCreationException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static GeneralName generalName(String name) {
        boolean address = name.indexOf(':') >= 0 || name.chars().allMatch(c -> c == '.' || Character.isDigit(c));
        return new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, name);
    }

    private static void write(Path file, Object pem) throws IOException {
        try (Writer writer = Files.newBufferedWriter(file);
                JcaPEMWriter pemWriter = new JcaPEMWriter(writer)) {
            pemWriter.writeObject(pem);
        }
    }

    /** The extended kind, because the JDK would check host names around a plain one. */
    private static final class TrustAll extends X509ExtendedTrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
