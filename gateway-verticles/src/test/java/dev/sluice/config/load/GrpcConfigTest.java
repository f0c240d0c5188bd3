package dev.sluice.config.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.ConfigResult.Accepted;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.GrpcTerms;
import dev.sluice.config.GrpcTerms.Transcoding;
import dev.sluice.config.GrpcTerms.Transcoding.FieldNames;
import dev.sluice.config.GrpcTerms.Transcoding.UnknownFields;
import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpMatch.CallMatch;
import dev.sluice.config.HttpMatch.PathMatch;
import dev.sluice.config.HttpMatch.ValueMatch;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.ResourceKey;
import dev.sluice.config.RuleTerms;
import dev.sluice.config.TrafficPolicy;
import dev.sluice.config.TrafficPolicy.TargetRef;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What GRPCRoutes and the {@code grpc} sections of policies are decoded to. */
class GrpcConfigTest {

    private static final Path REFERENCE = Path.of("src/test/resources/reference");
    private static final ResourceKey ONE = new ResourceKey("apps", "one");

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    static Path directory;

    @BeforeAll
    static void makeFiles() throws Exception {
        TestCertificates.ec().write(directory, "edge");
        Files.writeString(directory.resolve("cookie.key"), "0123456789abcdef");
        Files.writeString(directory.resolve("cluster.key"), "0123456789abcdef");
        for (String name : List.of("shop.pb", "users.pb")) {
            Files.writeString(directory.resolve(name), "descriptors");
        }
        for (String name : List.of("everything.yaml", "defaults.yaml")) {
            Files.copy(REFERENCE.resolve(name), directory.resolve(name));
        }
    }

    @Test
    void methodsAreMatchesOfPathsWhereAPathSaysIt() {
        GatewayConfig config = load("everything.yaml");
        assertEquals(
                List.of(false, false, true),
                config.routes().stream().map(HttpRoute::grpc).toList());
        HttpRoute route = config.routes().get(2);
        assertEquals(ONE, route.key());
        List<ValueMatch> headers = List.of(
                new ValueMatch(ValueMatch.Type.REGULAR_EXPRESSION, "x-kind", "a|b"),
                new ValueMatch(ValueMatch.Type.EXACT, "x-other", "c"));
        PathMatch exact = new PathMatch(PathMatch.Type.EXACT, "/shop.v1.Orders/Get");
        assertEquals(
                List.of(
                        new HttpMatch(exact, null, headers, List.of()),
                        new HttpMatch(
                                new PathMatch(PathMatch.Type.PATH_PREFIX, "/shop.v1.Orders"),
                                null,
                                List.of(),
                                List.of()),
                        call(ValueMatch.Type.EXACT, null, "List"),
                        call(ValueMatch.Type.REGULAR_EXPRESSION, "shop\\.v[0-9]+\\..*", null),
                        call(ValueMatch.Type.REGULAR_EXPRESSION, null, "(Get|List).*"),
                        call(ValueMatch.Type.REGULAR_EXPRESSION, "shop\\..*", "Watch.*"),
                        HttpMatch.ANY),
                route.rules().get(0).matches());
    }

    @Test
    void aPolicyMayTargetAGrpcRoute() {
        TrafficPolicy calls = policy(load("everything.yaml"), "calls");
        assertEquals(List.of(new TargetRef(true, ONE, "orders")), calls.targetRefs());
        assertEquals(
                new GrpcTerms(false, null, ClientTerms.UNLIMITED, ClientTerms.UNLIMITED, null),
                calls.terms().grpc());
    }

    @Test
    void aPolicySaysWhatHoldsForCalls() {
        TrafficPolicy uploads = policy(load("everything.yaml"), "uploads");
        assertEquals(List.of(new TargetRef(false, ONE, "forward")), uploads.targetRefs());
        assertEquals(Set.of(8, 14), uploads.terms().retry().grpcStatuses());
        Transcoding transcoding = new Transcoding(
                List.of(directory.resolve("shop.pb"), directory.resolve("users.pb")),
                List.of("shop.v1.Orders"),
                UnknownFields.IGNORE,
                FieldNames.PROTO,
                true,
                true,
                1 << 20);
        assertEquals(
                new GrpcTerms(true, Duration.ofSeconds(30), 1 << 20, 16 << 20, transcoding),
                uploads.terms().grpc());
    }

    @Test
    void whatIsNotSaidIsTheDefault() {
        GatewayConfig config = load("defaults.yaml");
        Transcoding transcoding = new Transcoding(
                List.of(directory.resolve("shop.pb")),
                List.of(),
                UnknownFields.REJECT,
                FieldNames.JSON,
                false,
                false,
                4 << 20);
        RuleTerms terms = policy(config, "policy").terms();
        assertEquals(
                new GrpcTerms(null, null, ClientTerms.UNLIMITED, ClientTerms.UNLIMITED, transcoding), terms.grpc());
        assertEquals(Set.of(), terms.retry().grpcStatuses());
        assertEquals(
                new ClientTerms.Grpc(null, null),
                config.clientPolicies().get(0).terms().grpc());
    }

    @Test
    void everyStatusHasItsNumber() {
        assertEquals(1, GrpcStatusNames.number("CANCELLED"));
        assertEquals(8, GrpcStatusNames.number("RESOURCE_EXHAUSTED"));
        assertEquals(16, GrpcStatusNames.number("UNAUTHENTICATED"));
        List<?> allowed = Schemas.at(Schemas.of(Kind.TRAFFIC_POLICY), List.of("spec", "retry", "grpcStatuses", "0"))
                .getJsonArray("enum")
                .getList();
        assertEquals(16, allowed.size());
        for (int number = 1; number <= 16; number++) {
            assertEquals(GrpcStatusNames.name(number), allowed.get(number - 1));
        }
    }

    private static HttpMatch call(ValueMatch.Type type, @Nullable String service, @Nullable String method) {
        return new HttpMatch(HttpMatch.ANY.path(), null, List.of(), List.of(), new CallMatch(type, service, method));
    }

    private static TrafficPolicy policy(GatewayConfig config, String name) {
        return config.trafficPolicies().stream()
                .filter(policy -> policy.key().name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static GatewayConfig load(String name) {
        LoadedConfig loaded = ConfigLoader.load(List.of(directory.resolve(name)));
        return assertInstanceOf(Accepted.class, loaded.result(), loaded::toString)
                .config();
    }
}
