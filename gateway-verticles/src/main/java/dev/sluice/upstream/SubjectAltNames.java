package dev.sluice.upstream;

import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Checks the names in an upstream's certificate (RFC 5280 section 4.2.1.6) against those that it may have. */
final class SubjectAltNames {

    private static final int DNS_NAME = 2;

    private SubjectAltNames() {}

    /**
     * @param session of a handshake in which the chain was verified; null when there is none to look at
     * @param accepted DNS names, one of which the certificate must carry
     * @throws SSLException when it does not, caused by a {@link CertificateException}
     */
    static void check(@Nullable SSLSession session, List<String> accepted) throws SSLException {
        List<String> carried = session == null ? List.of() : names(session);
        for (String name : carried) {
            for (String wanted : accepted) {
                if (matches(name, wanted)) {
                    return;
                }
            }
        }
        SSLHandshakeException refused = new SSLHandshakeException("unexpected names in the certificate");
        refused.initCause(new CertificateException(carried + " (expected: one of " + accepted + ")"));
        throw refused;
    }

    private static List<String> names(SSLSession session) throws SSLPeerUnverifiedException {
        Certificate[] chain = session.getPeerCertificates();
        if (chain.length == 0 || !(chain[0] instanceof X509Certificate leaf)) {
            return List.of();
        }
        try {
            Collection<List<?>> all = leaf.getSubjectAlternativeNames();
            return all == null
                    ? List.of()
                    : all.stream()
                            .filter(name -> name.get(0).equals(DNS_NAME))
                            .map(name -> String.valueOf(name.get(1)))
                            .toList();
        } catch (CertificateParsingException broken) {
            return List.of();
        }
    }

    /** The certificate's name may begin with {@code *}, for one label (RFC 9525 section 6.3). */
    static boolean matches(String carried, String wanted) {
        String pattern = carried.toLowerCase(Locale.ROOT);
        String name = wanted.toLowerCase(Locale.ROOT);
        if (!pattern.startsWith("*.")) {
            return pattern.equals(name);
        }
        int dot = name.indexOf('.');
        return dot > 0 && pattern.substring(1).equals(name.substring(dot));
    }
}
