package dev.sluice.config.load;

import dev.sluice.config.Defaults;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks certificate and key files, so that a wrong one is a problem at load and not a failing handshake. */
final class PemFiles {

    private static final Pattern KEY = Pattern.compile(
            "-----BEGIN (?<type>[A-Z0-9 ]*PRIVATE KEY)-----(?<body>[A-Za-z0-9+/=\\s]*)-----END \\k<type>-----");
    private static final byte[] PKCS8_VERSION = {2, 1, 0};

    private final Inputs inputs;
    private final Problems problems;

    PemFiles(Inputs inputs, Problems problems) {
        this.inputs = inputs;
        this.problems = problems;
    }

    /** The path that a field names, relative ones against its document's directory; null when it names none. */
    static @Nullable Path path(Field field) {
        String text = field.text();
        if (text == null) {
            return null;
        }
        return field.document().directory().resolve(text);
    }

    /** A chain with its key. */
    void checkPair(Field certFile, Field keyFile) {
        X509Certificate certificate = checkChain(certFile);
        byte[] pem = read(keyFile);
        if (pem == null || certificate == null) {
            return;
        }
        Matcher key = KEY.matcher(new String(pem, StandardCharsets.US_ASCII));
        if (!key.find()) {
            problems.add(keyFile, named(keyFile) + " holds no unencrypted PEM private key");
            return;
        }
        String mismatch = named(keyFile) + " is not the key of " + named(certFile);
        try {
            byte[] der = Base64.getMimeDecoder().decode(key.group("body"));
            PublicKey publicKey = certificate.getPublicKey();
            PrivateKey privateKey = privateKey(der, key.group("type"), publicKey);
            if (!belongTogether(privateKey, publicKey)) {
                problems.add(keyFile, mismatch);
            }
        } catch (GeneralSecurityException e) {
            problems.add(keyFile, mismatch);
        } catch (IllegalArgumentException e) {
            problems.add(keyFile, named(keyFile) + " is not a valid PEM file");
        }
    }

    /** A file of certificates; gives the first one, null after a problem. */
    @Nullable
    X509Certificate checkChain(Field file) {
        byte[] pem = read(file);
        if (pem == null) {
            return null;
        }
        try {
            List<? extends Certificate> chain = List.copyOf(
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem)));
            if (!chain.isEmpty() && chain.get(0) instanceof X509Certificate first) {
                if (first.getNotAfter().toInstant().isBefore(Instant.now())) {
                    problems.warn(
                            file,
                            named(file) + " expired on " + first.getNotAfter().toInstant());
                }
                return first;
            }
            problems.add(file, named(file) + " holds no PEM certificate");
        } catch (CertificateException e) {
            problems.add(file, named(file) + " holds no valid PEM certificate");
        }
        return null;
    }

    private byte @Nullable [] read(Field file) {
        Path path = path(file);
        if (path == null) {
            return null;
        }
        try {
            return inputs.read(path, Defaults.MAX_PEM_FILE_BYTES);
        } catch (IOException e) {
            problems.add(file, named(file) + " " + e.getMessage());
            return null;
        }
    }

    private static String named(Field file) {
        return String.valueOf(path(file));
    }

    /**
     * The old formats ({@code RSA PRIVATE KEY}, {@code EC PRIVATE KEY}) are PKCS#8 without its envelope (RFC 5208), whose
     * algorithm is the one that the certificate's public key names.
     */
    private static PrivateKey privateKey(byte[] der, String type, PublicKey publicKey) throws GeneralSecurityException {
        byte[] pkcs8 = type.equals("PRIVATE KEY")
                ? der
                : sequence(PKCS8_VERSION, algorithm(publicKey.getEncoded()), tagged((byte) 4, der));
        return KeyFactory.getInstance(publicKey.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    }

    private static boolean belongTogether(PrivateKey privateKey, PublicKey publicKey) throws GeneralSecurityException {
        String algorithm =
                switch (publicKey.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> publicKey.getAlgorithm();
                };
        byte[] sample = {1, 2, 3};
        Signature signer = Signature.getInstance(algorithm);
        signer.initSign(privateKey);
        signer.update(sample);
        byte[] signature = signer.sign();
        Signature verifier = Signature.getInstance(algorithm);
        verifier.initVerify(publicKey);
        verifier.update(sample);
        return verifier.verify(signature);
    }

    /** The first element of a SubjectPublicKeyInfo (RFC 5280 section 4.1), which is a sequence of two. */
    private static byte[] algorithm(byte[] subjectPublicKeyInfo) {
        int start = (subjectPublicKeyInfo[1] & 0x80) == 0 ? 2 : 2 + (subjectPublicKeyInfo[1] & 0x7f);
        // An AlgorithmIdentifier is always shorter than 128 bytes, so its length takes one.
        int length = 2 + subjectPublicKeyInfo[start + 1];
        byte[] algorithm = new byte[length];
        System.arraycopy(subjectPublicKeyInfo, start, algorithm, 0, length);
        return algorithm;
    }

    private static byte[] sequence(byte[] first, byte[] second, byte[] third) {
        byte[] content = new byte[first.length + second.length + third.length];
        System.arraycopy(first, 0, content, 0, first.length);
        System.arraycopy(second, 0, content, first.length, second.length);
        System.arraycopy(third, 0, content, first.length + second.length, third.length);
        return tagged((byte) 0x30, content);
    }

    /** DER: tag, length in as few bytes as possible, content. */
    private static byte[] tagged(byte tag, byte[] content) {
        int length = content.length;
        byte[] head = length < 0x80
                ? new byte[] {tag, (byte) length}
                : length < 0x100
                        ? new byte[] {tag, (byte) 0x81, (byte) length}
                        : new byte[] {tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
        byte[] all = Arrays.copyOf(head, head.length + length);
        System.arraycopy(content, 0, all, head.length, length);
        return all;
    }
}
