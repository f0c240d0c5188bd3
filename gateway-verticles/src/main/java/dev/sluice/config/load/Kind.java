package dev.sluice.config.load;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The kinds of resources that Sluice reads. */
enum Kind {
    GATEWAY("gateway.networking.k8s.io/v1", "Gateway"),
    HTTP_ROUTE("gateway.networking.k8s.io/v1", "HTTPRoute"),
    GRPC_ROUTE("gateway.networking.k8s.io/v1", "GRPCRoute"),
    BACKEND("sluice.dev/v1", "Backend"),
    CERTIFICATE("sluice.dev/v1", "Certificate"),
    CLIENT_POLICY("sluice.dev/v1", "ClientPolicy"),
    TRAFFIC_POLICY("sluice.dev/v1", "TrafficPolicy"),
    FILTER("sluice.dev/v1", "Filter"),
    RATE_LIMIT("sluice.dev/v1", "RateLimit"),
    BOOTSTRAP("sluice.dev/v1", "Bootstrap");

    /** Kinds that people bring along from Kubernetes, with what to do instead. */
    private static final Map<String, String> UNSUPPORTED = Map.of(
            "GatewayClass", "Sluice needs none, leave it out",
            "ReferenceGrant", "references stay within one namespace",
            "Service", "it needs Kubernetes, write a Backend",
            "Secret", "it needs Kubernetes, write a Certificate",
            "TLSRoute", "Sluice forwards HTTP only",
            "TCPRoute", "Sluice forwards HTTP only",
            "UDPRoute", "Sluice forwards HTTP only",
            "BackendTLSPolicy", "give TLS options in the Backend's spec.tls");

    private final String apiVersion;
    private final String title;

    Kind(String apiVersion, String title) {
        this.apiVersion = apiVersion;
        this.title = title;
    }

    String apiVersion() {
        return apiVersion;
    }

    /** The value of {@code kind}. */
    String title() {
        return title;
    }

    /** The file name of its schema. */
    String schema() {
        return title.toLowerCase(Locale.ROOT) + ".json";
    }

    /** The kind of a document; null, with a problem reported, when Sluice does not read it. */
    static @Nullable Kind of(Document document, Problems problems) {
        Field kind = document.field().at("kind");
        String written = kind.text();
        List<String> titles = Arrays.stream(values()).map(Kind::title).toList();
        if (written == null) {
            problems.add(
                    kind,
                    kind.exists() ? Wording.show(kind.value()) : "missing (expected: " + Wording.or(titles) + ")");
            return null;
        }
        for (Kind candidate : values()) {
            if (candidate.title.equals(written)) {
                return candidate.checkedVersion(document, problems);
            }
        }
        String reason = UNSUPPORTED.get(written);
        problems.add(
                kind,
                reason != null
                        ? "kind " + written + " is not supported: " + reason
                        : "unknown kind " + Wording.show(written) + Wording.hint(written, titles));
        return null;
    }

    private @Nullable Kind checkedVersion(Document document, Problems problems) {
        Field version = document.field().at("apiVersion");
        if (apiVersion.equals(version.value())) {
            return this;
        }
        String found = version.exists() ? Wording.show(version.value()) : "missing";
        problems.add(version, found + " (expected: " + apiVersion + " for kind " + title + ")");
        return null;
    }
}
