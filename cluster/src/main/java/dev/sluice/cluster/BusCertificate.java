package dev.sluice.cluster;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Set;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.operator.DefaultDigestAlgorithmIdentifierFinder;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.bc.BcECContentSignerBuilder;

/**
 * The certificate that all nodes of a cluster share, whose private key (P-256) is made of the cluster's secret: TLS then
 * proves at both ends of an event-bus connection that the secret is known, and keeps what is said from others.
 */
final class BusCertificate {

    private static final String SIGNATURE = "SHA256WITHECDSA";
    private static final String NAME = "CN=Sluice cluster";

    /** The certificate says no more than its key does, so it need not end before the secret does. */
    private static final Date FROM = Date.from(Instant.parse("2020-01-01T00:00:00Z"));

    private static final Date TO = Date.from(Instant.parse("2120-01-01T00:00:00Z"));

    private BusCertificate() {}

    /**
     * Makes the event bus speak TLS 1.3 with nodes that know the secret, and with nobody else.
     *
     * @param key 32 bytes
     */
    static void secure(EventBusOptions options, byte[] key) {
        ECPrivateKeyParameters privateKey = privateKey(key);
        Buffer certificate = pem("CERTIFICATE", certificate(privateKey));
        options.setSsl(true)
                .setClientAuth(ClientAuth.REQUIRED)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .setCertValue(certificate)
                        .setKeyValue(pem("PRIVATE KEY", encoded(privateKey))))
                .setTrustOptions(new PemTrustOptions().addCertValue(certificate))
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"));
    }

    /** The scalar is the key modulo the order less one, plus one: evenly spread up to 2^-32, as P-256's order is. */
    private static ECPrivateKeyParameters privateKey(byte[] key) {
        X9ECParameters curve = CustomNamedCurves.getByOID(SECObjectIdentifiers.secp256r1);
        ECNamedDomainParameters domain = new ECNamedDomainParameters(SECObjectIdentifiers.secp256r1, curve);
        BigInteger scalar = new BigInteger(1, key)
                .mod(domain.getN().subtract(BigInteger.ONE))
                .add(BigInteger.ONE);
        return new ECPrivateKeyParameters(scalar, domain);
    }

    private static byte[] certificate(ECPrivateKeyParameters key) {
        ECPublicKeyParameters publicKey = new ECPublicKeyParameters(
                key.getParameters().getG().multiply(key.getD()).normalize(), key.getParameters());
        AlgorithmIdentifier signature = new DefaultSignatureAlgorithmIdentifierFinder().find(SIGNATURE);
        AlgorithmIdentifier digest = new DefaultDigestAlgorithmIdentifierFinder().find(signature);
        X500Name name = new X500Name(NAME);
        try {
            return new X509v3CertificateBuilder(
                            name,
                            BigInteger.ONE,
                            FROM,
                            TO,
                            name,
                            SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(publicKey))
                    // It vouches for itself, which Java takes from an authority only.
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
                    .build(new BcECContentSignerBuilder(signature, digest).build(key))
                    .getEncoded();
        } catch (IOException | OperatorCreationException e) {
            throw new IllegalStateException("P-256 certificates can always be made", e);
        }
    }

    private static byte[] encoded(ECPrivateKeyParameters key) {
        try {
            return PrivateKeyInfoFactory.createPrivateKeyInfo(key).getEncoded();
        } catch (IOException e) {
            throw new IllegalStateException("P-256 keys can always be encoded", e);
        }
    }

    private static Buffer pem(String type, byte[] der) {
        String body = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(der);
        return Buffer.buffer("-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n");
    }
}
