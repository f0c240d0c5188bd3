package dev.sluice.deploy;

import dev.sluice.config.Defaults;
import dev.sluice.config.FilterSpec;
import dev.sluice.config.GrpcTerms;
import dev.sluice.config.GrpcTerms.Transcoding;
import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpMatch.PathMatch;
import dev.sluice.config.HttpRule;
import dev.sluice.config.HttpRule.BackendRef;
import dev.sluice.config.RetryTerms;
import dev.sluice.config.RuleTerms;
import dev.sluice.config.TrafficPolicy;
import dev.sluice.config.TrafficPolicy.TargetRef;
import dev.sluice.deploy.Demo.Try;
import dev.sluice.grpc.demo.DemoServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The part of {@link Demo} that is gRPC: one service, reached as gRPC, as gRPC-Web and as JSON over HTTP. */
final class DemoCalls {

    /** Its backend. */
    static final String BACKEND = "greeter";

    private static final String REST = "rest";
    private static final String REST_PREFIX = "/v1";
    /** {@code GreetRequest{name: "world"}} behind its prefix, in Base64. */
    private static final String GREET_WORLD = "AAAAAAcKBXdvcmxk";

    private @Nullable Path descriptors;

    /** Calls of the service, also from pages of any origin. */
    static HttpRule callRule() {
        return rule(null, "/" + DemoServer.SERVICE);
    }

    /** What its methods' {@code google.api.http} options name. */
    static HttpRule restRule() {
        return rule(REST, REST_PREFIX);
    }

    private static HttpRule rule(@Nullable String name, String prefix) {
        HttpMatch match = new HttpMatch(new PathMatch(PathMatch.Type.PATH_PREFIX, prefix), null, List.of(), List.of());
        FilterSpec cors = new FilterSpec.Cors(
                List.of("*"), List.of("*"), List.of("*"), List.of(), false, Defaults.CORS_MAX_AGE_SECONDS);
        BackendRef ref = new BackendRef(FlagsConfig.key(BACKEND), Defaults.BACKEND_WEIGHT, List.of());
        return new HttpRule(name, List.of(match), List.of(cors), List.of(ref), null, null);
    }

    /** What makes gRPC of JSON, with the service's descriptors in a file that {@link #close} deletes. */
    TrafficPolicy transcoding() {
        GrpcTerms.Transcoding transcoding = new Transcoding(
                List.of(descriptors()),
                List.of(),
                Transcoding.UnknownFields.REJECT,
                Transcoding.FieldNames.JSON,
                false,
                false,
                Defaults.MAX_TRANSCODED_MESSAGE_BYTES);
        GrpcTerms terms = new GrpcTerms(
                null,
                null,
                GrpcTerms.DEFAULT.maxRequestMessageBytes(),
                GrpcTerms.DEFAULT.maxResponseMessageBytes(),
                transcoding);
        return new TrafficPolicy(
                FlagsConfig.key(REST),
                List.of(new TargetRef(false, FlagsConfig.key(Routing.ROUTE), REST)),
                new RuleTerms(null, null, false, RetryTerms.DEFAULT, terms));
    }

    private Path descriptors() {
        try {
            Path file = Files.createTempFile("sluice-demo-", ".binpb");
            descriptors = file;
            return Files.write(file, DemoServer.descriptorSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void close() {
        Path file = descriptors;
        if (file != null) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Requests to try. */
    static Stream<Try> cleartext(String authority) {
        String url = "http://" + authority;
        String greet = DemoServer.SERVICE + "/Greet";
        return Stream.of(
                new Try("grpcurl -plaintext " + authority + " list", "every gRPC service, by reflection"),
                new Try("grpcurl -plaintext -d '{\"name\": \"world\"}' " + authority + " " + greet, "a gRPC call"),
                new Try("curl " + url + "/v1/greetings/world", "the same call as REST"),
                new Try(
                        "curl --json '{\"name\": \"world\", \"language\": \"de\"}' " + url + "/v1/greetings",
                        "and with a JSON body"),
                new Try(
                        "curl -N -H 'accept: application/x-ndjson' " + url + "/v1/countdown/5",
                        "a gRPC stream as lines of JSON"),
                new Try(
                        "curl -H 'content-type: application/grpc-web-text' -d " + GREET_WORLD + " " + url + "/" + greet,
                        "as gRPC-Web, in Base64"));
    }

    /** The same over TLS. */
    static Try overTls(String authority) {
        return new Try("grpcurl -insecure " + authority + " list", "gRPC over TLS");
    }
}
