package dev.sluice.testkit;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.BackendTls;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Certificate;
import dev.sluice.config.ClientPolicy;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.FilterSpec;
import dev.sluice.config.Gateway;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.GrpcTerms;
import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpMatch.PathMatch;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRule;
import dev.sluice.config.HttpRule.BackendRef;
import dev.sluice.config.Listener;
import dev.sluice.config.ResourceKey;
import dev.sluice.config.RetryTerms;
import dev.sluice.config.RuleTerms;
import dev.sluice.config.TrafficPolicy;
import dev.sluice.config.UpstreamTerms;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link GatewayConfig}: one gateway {@code default/gw} on 127.0.0.1, whose listeners have port 0. Everything
 * is in namespace {@code default}; a route without listeners or hosts attaches to all.
 */
public final class TestConfig {

    private static final ResourceKey GATEWAY = key("gw");

    private final List<Listener> listeners = new ArrayList<>();
    private final List<HttpRoute> routes = new ArrayList<>();
    private final List<Backend> backends = new ArrayList<>();
    private final List<Certificate> certificates = new ArrayList<>();
    private final List<TrafficPolicy> trafficPolicies = new ArrayList<>();
    private final Map<String, UpstreamTerms> upstreamTerms = new LinkedHashMap<>();
    private ClientTerms terms = ClientTerms.DEFAULT.withHttp3(Http3.OFF);

    private TestConfig() {}

    public static TestConfig create() {
        return new TestConfig();
    }

    /** A cleartext listener {@code http}, a backend {@code app} there, and everything routed to it. */
    public static GatewayConfig forwarding(Protocol protocol, int port) {
        return create().http("http")
                .backend("app", protocol, port)
                .route("/", "app")
                .build();
    }

    /** {@link #forwarding(Protocol, int)} without retries, for tests that look at one try. */
    public static GatewayConfig forwardingOnce(Protocol protocol, int port) {
        return create().http("http")
                .backend("app", protocol, port)
                .route(rule("/").retry(Retries.ONCE).to("app"))
                .build();
    }

    /** A cleartext listener {@code http} and a TLS listener {@code https} with HTTP/3, for {@link Call}. */
    public static TestConfig everyClient(TestCertificates.Leaf leaf) {
        return create().http("http")
                .https("https", "leaf")
                .certificate("leaf", leaf)
                .http3(Http3.REQUIRED);
    }

    /** {@link #everyClient} with a backend {@code app} to which everything is routed. */
    public static GatewayConfig forwarding(TestCertificates.Leaf leaf, Protocol protocol, int port) {
        return everyClient(leaf)
                .backend("app", protocol, port)
                .route("/", "app")
                .build();
    }

    /** {@link #forwarding(TestCertificates.Leaf, Protocol, int)} without retries, for tests that look at one try. */
    public static GatewayConfig forwardingOnce(TestCertificates.Leaf leaf, Protocol protocol, int port) {
        return everyClient(leaf)
                .backend("app", protocol, port)
                .route(rule("/").retry(Retries.ONCE).to("app"))
                .build();
    }

    /** A key in namespace {@code default}. */
    public static ResourceKey key(String name) {
        return new ResourceKey("default", name);
    }

    /** A cleartext listener for every host. */
    public TestConfig http(String name) {
        return http(name, null);
    }

    public TestConfig http(String name, @Nullable String hostname) {
        listeners.add(new Listener(name, hostname, 0, Listener.Protocol.HTTP, List.of(), false));
        return this;
    }

    /** A TLS listener for every host with these certificates, which {@link #certificate} defines. */
    public TestConfig https(String name, String... certificateNames) {
        List<ResourceKey> keys =
                List.of(certificateNames).stream().map(TestConfig::key).toList();
        listeners.add(new Listener(name, null, 0, Listener.Protocol.HTTPS, keys, false));
        return this;
    }

    public TestConfig listener(Listener listener) {
        listeners.add(listener);
        return this;
    }

    public TestConfig certificate(String name, TestCertificates.Leaf leaf) {
        certificates.add(new Certificate(key(name), leaf.certFile(), leaf.keyFile()));
        return this;
    }

    /** HTTP/3 on the TLS listeners; off unless this is called. */
    public TestConfig http3(Http3 mode) {
        terms = terms.withHttp3(mode);
        return this;
    }

    /** What the listeners grant their clients and ask of them; as it is, without HTTP/3. */
    public TestConfig terms(UnaryOperator<ClientTerms> change) {
        terms = change.apply(terms);
        return this;
    }

    /** CIDRs whose forwarding headers are believed; none unless this is called. */
    public TestConfig trustedProxies(String... cidrs) {
        terms = terms.withTrustedProxies(List.of(cidrs));
        return this;
    }

    /** A backend of endpoints on 127.0.0.1; TLS ones are trusted whatever their certificate. */
    public TestConfig backend(String name, Protocol protocol, int... ports) {
        List<EndpointAddress> endpoints = new ArrayList<>();
        for (int port : ports) {
            endpoints.add(new EndpointAddress("127.0.0.1", port));
        }
        BackendTls tls = protocol.isTls() ? new BackendTls("localhost", null, null, null, true) : null;
        return backend(new Backend(key(name), protocol, endpoints, tls));
    }

    public TestConfig backend(Backend backend) {
        backends.add(backend);
        return this;
    }

    /** How this backend is used: {@link UpstreamTerms#DEFAULT}, or what an earlier call made of it, with this change. */
    public TestConfig upstreamTerms(String backend, UnaryOperator<UpstreamTerms> change) {
        return upstreamTerms(backend, change.apply(upstreamTerms.getOrDefault(backend, UpstreamTerms.DEFAULT)));
    }

    /** How this backend is used. */
    public TestConfig upstreamTerms(String backend, UpstreamTerms asked) {
        upstreamTerms.put(backend, asked);
        return this;
    }

    /** A route of its own: this path prefix to this backend. */
    public TestConfig route(String pathPrefix, String backend) {
        return route(rule(pathPrefix).to(backend));
    }

    /** A route of its own with one rule, for every host. */
    public TestConfig route(Rule rule) {
        return route(List.of(), rule);
    }

    /** A route of its own for these hosts. */
    public TestConfig route(List<String> hostnames, Rule... rules) {
        return route(false, hostnames, rules);
    }

    /** A GRPCRoute of its own for every host. */
    public TestConfig grpcRoute(Rule... rules) {
        return route(true, List.of(), rules);
    }

    private TestConfig route(boolean grpc, List<String> hostnames, Rule... rules) {
        ResourceKey route = key("route" + routes.size());
        List<HttpRule> built = new ArrayList<>();
        for (Rule rule : rules) {
            String name = "rule" + built.size();
            built.add(rule.build(name));
            if (rule.terms != null) {
                TrafficPolicy.TargetRef target = new TrafficPolicy.TargetRef(grpc, route, name);
                trafficPolicies.add(
                        new TrafficPolicy(key("traffic" + trafficPolicies.size()), List.of(target), rule.terms));
            }
        }
        return route(new HttpRoute(grpc, route, List.of(new HttpRoute.ParentRef(GATEWAY, null, 0)), hostnames, built));
    }

    public TestConfig route(HttpRoute route) {
        routes.add(route);
        return this;
    }

    /** Begins a rule that matches this path prefix. */
    public static Rule rule(String pathPrefix) {
        return new Rule(
                new HttpMatch(new PathMatch(PathMatch.Type.PATH_PREFIX, pathPrefix), null, List.of(), List.of()));
    }

    /** Begins a rule with this match. */
    public static Rule rule(HttpMatch match) {
        return new Rule(match);
    }

    public GatewayConfig build() {
        List<ClientPolicy> policies =
                List.of(new ClientPolicy(key("clients"), List.of(new ClientPolicy.TargetRef(GATEWAY, null)), terms));
        List<TrafficPolicy> traffic = new ArrayList<>(trafficPolicies);
        upstreamTerms.forEach((backend, asked) -> traffic.add(new TrafficPolicy(
                key("upstream-" + backend), List.of(), RuleTerms.DEFAULT, List.of(key(backend)), asked)));
        List<Gateway> gateways = List.of(new Gateway(GATEWAY, List.of("127.0.0.1"), listeners));
        String text = listeners + "" + routes + backends + certificates + policies + traffic;
        String digest = ReceivedRequest.sha256(text.getBytes(StandardCharsets.UTF_8));
        return new GatewayConfig(gateways, routes, backends, certificates, policies, traffic, digest);
    }

    /** A rule under construction. */
    public static final class Rule {

        private final List<HttpMatch> matches = new ArrayList<>();
        private final List<FilterSpec> filters = new ArrayList<>();
        private final List<BackendRef> backendRefs = new ArrayList<>();
        private @Nullable Duration requestTimeout;
        private @Nullable Duration backendRequestTimeout;
        private @Nullable RuleTerms terms;

        private Rule(HttpMatch match) {
            matches.add(match);
        }

        /** Another alternative. */
        public Rule or(HttpMatch match) {
            matches.add(match);
            return this;
        }

        public Rule filter(FilterSpec filter) {
            filters.add(filter);
            return this;
        }

        public Rule to(String backend) {
            return to(backend, 1);
        }

        public Rule to(String backend, int weight, FilterSpec... backendFilters) {
            backendRefs.add(new BackendRef(key(backend), weight, List.of(backendFilters)));
            return this;
        }

        public Rule requestTimeout(Duration timeout) {
            requestTimeout = timeout;
            return this;
        }

        public Rule backendRequestTimeout(Duration timeout) {
            backendRequestTimeout = timeout;
            return this;
        }

        /** What a traffic policy of its own asks. */
        public Rule terms(RuleTerms asked) {
            terms = asked;
            return this;
        }

        /** The same with these retries. */
        public Rule retry(RetryTerms asked) {
            RuleTerms otherwise = terms == null ? RuleTerms.DEFAULT : terms;
            return terms(new RuleTerms(
                    otherwise.maxRequestBodyBytes(),
                    otherwise.streamIdleTimeout(),
                    otherwise.connect(),
                    asked,
                    otherwise.grpc()));
        }

        /** The same with this for its gRPC calls. */
        public Rule grpc(GrpcTerms asked) {
            RuleTerms otherwise = terms == null ? RuleTerms.DEFAULT : terms;
            return terms(new RuleTerms(
                    otherwise.maxRequestBodyBytes(),
                    otherwise.streamIdleTimeout(),
                    otherwise.connect(),
                    otherwise.retry(),
                    asked));
        }

        private HttpRule build(String name) {
            return new HttpRule(name, matches, filters, backendRefs, requestTimeout, backendRequestTimeout);
        }
    }
}
