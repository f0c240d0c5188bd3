package dev.sluice.config.load;

import static dev.sluice.config.load.EffectiveConfig.array;
import static dev.sluice.config.load.EffectiveConfig.putPresent;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.ClientTerms.UnknownUpgrade;
import dev.sluice.config.GrpcTerms;
import dev.sluice.config.GrpcTerms.Transcoding;
import dev.sluice.config.RetryTerms;
import dev.sluice.config.RuleTerms;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Function;

/** The part of {@link EffectiveConfig} that {@link TermsDecoder} reads. */
final class EffectiveTerms {

    private EffectiveTerms() {}

    /** Adds to a ClientPolicy's spec. */
    static JsonObject put(JsonObject spec, ClientTerms terms) {
        ClientTerms.Head head = terms.head();
        ClientTerms.Body body = terms.body();
        ClientTerms.Connections connections = terms.connections();
        ClientTerms.Upgrades upgrades = terms.upgrades();
        return spec.put("trustedProxies", array(terms.trustedProxies(), Function.identity()))
                .put("http3", lower(terms.http3()))
                .put(
                        "limits",
                        new JsonObject()
                                .put("requestLine", head.requestLineBytes())
                                .put("headerBytes", head.headerBytes())
                                .put("headerCount", head.headerCount())
                                .put("requestBody", Sizes.encode(body.maxBytes()))
                                .put("connections", Sizes.encode(connections.max()))
                                .put("connectionsPerClient", Sizes.encode(connections.maxPerClient()))
                                .put("requestsPerConnection", Sizes.encode(connections.maxRequests()))
                                .put("concurrentStreams", connections.concurrentStreams())
                                .put("upgraded", Sizes.encode(upgrades.max())))
                .put(
                        "timeouts",
                        new JsonObject()
                                .put("header", Durations.format(head.timeout()))
                                .put("requestBody", Durations.format(body.idleTimeout()))
                                .put("idle", Durations.format(connections.idleTimeout()))
                                .put("tlsHandshake", Durations.format(connections.tlsHandshakeTimeout()))
                                .put("connectionAge", Durations.format(connections.maxAge()))
                                .put("upgradedIdle", Durations.format(upgrades.idleTimeout())))
                .put(
                        "minimumRate",
                        new JsonObject()
                                .put("request", body.minRequestRate())
                                .put("response", body.minResponseRate())
                                .put("grace", Durations.format(body.rateGrace())))
                .put(
                        "drain",
                        new JsonObject()
                                .put("timeout", Durations.format(body.drainTimeout()))
                                .put("maxBytes", Sizes.encode(body.drainBytes())))
                .put("paths", paths(head.path()))
                .put("underscoresInHeaders", lower(head.underscores()))
                .put(
                        "upgrades",
                        new JsonObject()
                                .put("webSocket", upgrades.webSocket())
                                .put("unknown", upgrades.unknown() == UnknownUpgrade.IGNORE ? "ignore" : "reject"))
                .put(
                        "proxyProtocol",
                        new JsonObject().put("trustedSources", array(terms.proxyProtocol(), Function.identity())))
                .put("overload", new JsonObject().put("reply", lower(terms.overload())))
                .put("serverTiming", terms.serverTiming())
                .put("grpc", grpc(terms.grpc()));
    }

    /** Adds to a TrafficPolicy's spec. */
    static JsonObject put(JsonObject spec, RuleTerms terms) {
        Long maxBody = terms.maxRequestBodyBytes();
        if (maxBody != null) {
            spec.put("limits", new JsonObject().put("requestBody", Sizes.encode(maxBody)));
        }
        Duration streamIdle = terms.streamIdleTimeout();
        if (streamIdle != null) {
            spec.put("timeouts", new JsonObject().put("streamIdle", Durations.format(streamIdle)));
        }
        RetryTerms retry = terms.retry();
        JsonObject json = new JsonObject()
                .put("attempts", retry.attempts())
                .put("statuses", array(retry.statuses().stream().sorted().toList(), Function.identity()))
                .put(
                        "grpcStatuses",
                        array(retry.grpcStatuses().stream().sorted().toList(), GrpcStatusNames::name))
                .put("perTryTimeout", Durations.format(retry.perTryTimeout()))
                .put("baseBackoff", Durations.format(retry.baseBackoff()))
                .put("maxBackoff", Durations.format(retry.maxBackoff()))
                .put("bufferBytes", retry.bufferBytes());
        if (retry.hedgeDelay() != null) {
            json.put("hedgeDelay", Durations.format(retry.hedgeDelay()));
        }
        return spec.put("connect", terms.connect()).put("retry", json).put("grpc", grpc(terms.grpc()));
    }

    private static JsonObject grpc(ClientTerms.Grpc grpc) {
        JsonObject json = new JsonObject();
        putPresent(json, "health", grpc.health());
        putPresent(json, "reflection", grpc.reflection());
        return json;
    }

    private static JsonObject grpc(GrpcTerms grpc) {
        JsonObject json = new JsonObject();
        putPresent(json, "web", grpc.web());
        Duration timeout = grpc.timeout();
        putPresent(json, "timeout", timeout == null ? null : Durations.format(timeout));
        json.put("maxRequestMessage", Sizes.encode(grpc.maxRequestMessageBytes()))
                .put("maxResponseMessage", Sizes.encode(grpc.maxResponseMessageBytes()));
        Transcoding transcoding = grpc.transcoding();
        return transcoding == null ? json : json.put("transcoding", transcoding(transcoding));
    }

    private static JsonObject transcoding(Transcoding transcoding) {
        return new JsonObject()
                .put("descriptorSets", array(transcoding.descriptorSets(), Path::toString))
                .put("services", array(transcoding.services(), Function.identity()))
                .put("unknownFields", lower(transcoding.unknownFields()))
                .put("fieldNames", lower(transcoding.fieldNames()))
                .put("defaultValues", transcoding.defaultValues())
                .put("enumsAsNumbers", transcoding.enumsAsNumbers())
                .put("maxMessage", transcoding.maxMessageBytes());
    }

    private static JsonObject paths(ClientTerms.PathRules rules) {
        return new JsonObject()
                .put("dotSegments", lower(rules.dotSegments()))
                .put("escapedSlashes", lower(rules.escapedSlashes()))
                .put("mergeSlashes", rules.mergeSlashes());
    }

    private static String lower(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }
}
