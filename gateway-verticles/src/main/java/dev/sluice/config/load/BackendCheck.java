package dev.sluice.config.load;

import dev.sluice.config.Backend;

/** Backends: their addresses, and TLS files that can be read. */
final class BackendCheck {

    private final PemFiles pem;
    private final Problems problems;

    BackendCheck(PemFiles pem, Problems problems) {
        this.pem = pem;
        this.problems = problems;
    }

    void check(Resource backend) {
        for (Field endpoint : backend.spec().at("endpoints").items()) {
            Field address = endpoint.at("address");
            String text = address.text();
            if (text != null && !Addresses.isIp(text) && !Addresses.isDnsName(text)) {
                problems.add(address, Wording.show(text) + " (expected: an IP address or a DNS name, without port)");
            }
        }
        Field tls = backend.spec().at("tls");
        Field protocol = backend.spec().at("protocol");
        if (!tls.exists()) {
            return;
        }
        String name = protocol.text(Backend.Protocol.HTTP.name());
        if (!problems.has(protocol) && !Backend.Protocol.valueOf(name).isTls()) {
            problems.addKey(tls, "protocol " + name + " has no tls (expected: protocol: HTTPS, H2 or H3, or no tls)");
            return;
        }
        checkTls(tls);
    }

    private void checkTls(Field tls) {
        Field caFile = tls.at("caFile");
        Field certFile = tls.at("certFile");
        Field keyFile = tls.at("keyFile");
        if (caFile.exists()) {
            pem.checkChain(caFile);
        }
        if (certFile.exists() && keyFile.exists()) {
            pem.checkPair(certFile, keyFile);
        } else if (certFile.exists()) {
            problems.add(keyFile, "missing (expected: the key of certFile)");
        } else if (keyFile.exists()) {
            problems.add(certFile, "missing (expected: the certificate of keyFile)");
        }
        if (tls.at("insecureSkipVerify").flag(false)) {
            problems.warn(
                    tls.at("insecureSkipVerify"),
                    "the servers' certificates are not verified: whoever is between can read and change everything");
        }
    }
}
