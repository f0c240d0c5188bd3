package dev.sluice.config.load;

import java.util.List;

/**
 * Everything that a schema cannot say: references between resources, values that must fit together, files and classes
 * that must exist. Looks at the sound parts of every document, so that all problems show at once.
 */
final class ReferenceCheck {

    private final Resources resources;
    private final Problems problems;
    private final Inputs inputs;
    private final PemFiles pem;
    private final SecretFiles secrets;

    ReferenceCheck(Resources resources, Inputs inputs, SecretFiles secrets, Problems problems) {
        this.resources = resources;
        this.problems = problems;
        this.inputs = inputs;
        this.pem = new PemFiles(inputs, problems);
        this.secrets = secrets;
    }

    void check() {
        References references = new References(resources, problems);
        new GatewayCheck(resources, references, problems).check();
        new RouteCheck(resources, references, problems).check();
        BackendCheck backends = new BackendCheck(pem, problems);
        resources.all(Kind.BACKEND).forEach(backends::check);
        for (Resource certificate : resources.all(Kind.CERTIFICATE)) {
            pem.checkPair(certificate.spec().at("certFile"), certificate.spec().at("keyFile"));
        }
        new PolicyCheck(resources, references, problems).check();
        new TrafficPolicyCheck(resources, inputs, secrets, problems).check();
        CustomFilterCheck customFilters = new CustomFilterCheck(problems);
        resources.all(Kind.FILTER).forEach(customFilters::check);
        RateLimitCheck rateLimits = new RateLimitCheck(resources, problems);
        resources.all(Kind.RATE_LIMIT).forEach(rateLimits::check);
        checkBootstrap(resources.all(Kind.BOOTSTRAP));
    }

    private void checkBootstrap(List<Resource> bootstraps) {
        for (Resource second : bootstraps.stream().skip(1).toList()) {
            Field kind = second.field().at("kind");
            String first = bootstraps.get(0).field().at("kind").place();
            problems.add(kind, "a second Bootstrap (expected: at most one; first: " + first + ")");
        }
        ClusterCheck cluster = new ClusterCheck(secrets, problems);
        for (Resource bootstrap : bootstraps) {
            cluster.check(bootstrap.spec().at("cluster"));
            Field address = bootstrap.spec().at("admin").at("address");
            if (address.text() != null) {
                try {
                    Addresses.HostPort unused = Addresses.hostPort(address.text(""));
                } catch (IllegalArgumentException e) {
                    problems.add(address, String.valueOf(e.getMessage()));
                }
            }
        }
    }
}
