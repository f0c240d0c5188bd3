package dev.sluice.config.load;

import dev.sluice.config.Backend;
import java.util.List;

/** Backends: their addresses, and TLS files that can be read. */
final class BackendCheck {

    private static final List<String> ENDPOINT_FIELDS =
            List.of("address", "port", "service", "weight", "priority", "zone");

    private final PemFiles pem;
    private final Problems problems;

    BackendCheck(PemFiles pem, Problems problems) {
        this.pem = pem;
        this.problems = problems;
    }

    void check(Resource backend) {
        backend.spec().at("endpoints").items().forEach(this::checkEndpoint);
        Field tls = backend.spec().at("tls");
        Field protocol = backend.spec().at("protocol");
        String name = protocol.text(Backend.Protocol.HTTP.name());
        checkOnly(backend.spec().at("altSvc"), protocol, name, Backend.Protocol.HTTPS);
        checkOnly(backend.spec().at("fallback"), protocol, name, Backend.Protocol.H3);
        if (!tls.exists()) {
            return;
        }
        if (!problems.has(protocol) && !Backend.Protocol.valueOf(name).isTls()) {
            problems.addKey(tls, "protocol " + name + " has no tls (expected: protocol: HTTPS, H2 or H3, or no tls)");
            return;
        }
        checkTls(tls);
    }

    private void checkEndpoint(Field endpoint) {
        if (problems.has(endpoint)) {
            return;
        }
        Field address = endpoint.at("address");
        Field service = endpoint.at("service");
        String name = service.text();
        if (service.exists()) {
            if (name != null && !Addresses.isDnsName(name)) {
                problems.add(service, Wording.show(name) + " (expected: a name such as _http._tcp.app.example.com)");
            }
            for (String field : List.of("address", "port", "weight", "priority")) {
                if (endpoint.at(field).exists()) {
                    problems.addKey(
                            endpoint.at(field),
                            "the SRV records of service say it (expected: no " + field + ", or no service)");
                }
            }
            return;
        }
        if (Wording.isMisspelt(endpoint.value(), "service", ENDPOINT_FIELDS)) {
            return;
        }
        checkGiven(endpoint, "address", "an IP address or a DNS name, or service in place of address and port");
        checkGiven(endpoint, "port", "1..65535");
        String text = address.text();
        if (text != null && !Addresses.isIp(text) && !Addresses.isDnsName(text)) {
            problems.add(address, Wording.show(text) + " (expected: an IP address or a DNS name, without port)");
        }
    }

    private void checkGiven(Field endpoint, String name, String expected) {
        if (!endpoint.at(name).exists()
                && !problems.has(endpoint.at(name))
                && !Wording.isMisspelt(endpoint.value(), name, ENDPOINT_FIELDS)) {
            problems.add(endpoint.at(name), "missing (expected: " + expected + ")");
        }
    }

    /** A switch that one protocol alone has. */
    private void checkOnly(Field option, Field protocol, String name, Backend.Protocol expected) {
        if (option.flag(false) && !problems.has(protocol) && !name.equals(expected.name())) {
            problems.add(
                    option,
                    "true with protocol " + name + " (expected: protocol: " + expected + ", or "
                            + Pointers.lastName(option.pointer()) + ": false)");
        }
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
        if (tls.at("insecureSkipVerify").flag(false)
                && tls.at("subjectAltNames").exists()) {
            problems.warn(tls.at("subjectAltNames"), "has no effect with insecureSkipVerify");
        }
        if (tls.at("insecureSkipVerify").flag(false)) {
            problems.warn(
                    tls.at("insecureSkipVerify"),
                    "the servers' certificates are not verified: whoever is between can read and change everything");
        }
    }
}
