package dev.sluice.config.load;

import static dev.sluice.config.load.ResourceDecoder.duration;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.ClientTerms.PathRules;
import dev.sluice.config.ClientTerms.UnknownUpgrade;
import dev.sluice.config.Defaults;
import dev.sluice.config.RetryTerms;
import dev.sluice.config.RuleTerms;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Decodes what ClientPolicies say of listeners, and TrafficPolicies of routes. */
final class TermsDecoder {

    private static final ClientTerms DEFAULT = ClientTerms.DEFAULT;

    private TermsDecoder() {}

    /** Of a ClientPolicy's spec. */
    static ClientTerms client(Field spec) {
        return new ClientTerms(
                spec.at("trustedProxies").texts(),
                choice(spec.at("http3"), DEFAULT.http3()),
                head(spec),
                body(spec),
                connections(spec),
                upgrades(spec),
                spec.at("proxyProtocol").at("trustedSources").texts(),
                choice(spec.at("overload").at("reply"), DEFAULT.overload()),
                spec.at("serverTiming").flag(DEFAULT.serverTiming()),
                new ClientTerms.Grpc(
                        flag(spec.at("grpc").at("health")), flag(spec.at("grpc").at("reflection"))));
    }

    /** Of a TrafficPolicy's spec. */
    static RuleTerms rule(Field spec) {
        Field maxBody = spec.at("limits").at("requestBody");
        return new RuleTerms(
                maxBody.exists() ? Sizes.decode(maxBody, ClientTerms.UNLIMITED) : null,
                duration(spec.at("timeouts").at("streamIdle"), Defaults.STREAM_IDLE),
                spec.at("connect").flag(false),
                retry(spec.at("retry")),
                GrpcTermsDecoder.decode(spec.at("grpc")));
    }

    private static RetryTerms retry(Field retry) {
        RetryTerms otherwise = RetryTerms.DEFAULT;
        return new RetryTerms(
                retry.at("attempts").number(otherwise.attempts()),
                retry.at("statuses").items().stream()
                        .map(status -> status.number(0))
                        .collect(Collectors.toUnmodifiableSet()),
                retry.at("grpcStatuses").texts().stream()
                        .map(GrpcStatusNames::number)
                        .collect(Collectors.toUnmodifiableSet()),
                duration(retry.at("perTryTimeout"), otherwise.perTryTimeout()),
                duration(retry.at("baseBackoff"), otherwise.baseBackoff()),
                duration(retry.at("maxBackoff"), otherwise.maxBackoff()),
                (int) Sizes.decode(retry.at("bufferBytes"), otherwise.bufferBytes()),
                duration(retry.at("hedgeDelay")));
    }

    private static ClientTerms.Head head(Field spec) {
        Field limits = spec.at("limits");
        Field paths = spec.at("paths");
        ClientTerms.Head otherwise = DEFAULT.head();
        return new ClientTerms.Head(
                (int) Sizes.decode(limits.at("requestLine"), otherwise.requestLineBytes()),
                (int) Sizes.decode(limits.at("headerBytes"), otherwise.headerBytes()),
                limits.at("headerCount").number(otherwise.headerCount()),
                duration(spec.at("timeouts").at("header"), otherwise.timeout()),
                choice(spec.at("underscoresInHeaders"), otherwise.underscores()),
                new PathRules(
                        choice(paths.at("dotSegments"), otherwise.path().dotSegments()),
                        choice(paths.at("escapedSlashes"), otherwise.path().escapedSlashes()),
                        paths.at("mergeSlashes").flag(otherwise.path().mergeSlashes())));
    }

    private static ClientTerms.Body body(Field spec) {
        Field rate = spec.at("minimumRate");
        Field drain = spec.at("drain");
        ClientTerms.Body otherwise = DEFAULT.body();
        return new ClientTerms.Body(
                Sizes.decode(spec.at("limits").at("requestBody"), otherwise.maxBytes()),
                duration(spec.at("timeouts").at("requestBody"), otherwise.idleTimeout()),
                (int) Sizes.decode(rate.at("request"), otherwise.minRequestRate()),
                (int) Sizes.decode(rate.at("response"), otherwise.minResponseRate()),
                duration(rate.at("grace"), otherwise.rateGrace()),
                duration(drain.at("timeout"), otherwise.drainTimeout()),
                Sizes.decode(drain.at("maxBytes"), otherwise.drainBytes()));
    }

    private static ClientTerms.Connections connections(Field spec) {
        Field limits = spec.at("limits");
        Field timeouts = spec.at("timeouts");
        ClientTerms.Connections otherwise = DEFAULT.connections();
        return new ClientTerms.Connections(
                Sizes.decode(limits.at("connections"), otherwise.max()),
                Sizes.decode(limits.at("connectionsPerClient"), otherwise.maxPerClient()),
                Sizes.decode(limits.at("requestsPerConnection"), otherwise.maxRequests()),
                duration(timeouts.at("connectionAge"), otherwise.maxAge()),
                duration(timeouts.at("idle"), otherwise.idleTimeout()),
                duration(timeouts.at("tlsHandshake"), otherwise.tlsHandshakeTimeout()),
                limits.at("concurrentStreams").number(otherwise.concurrentStreams()));
    }

    private static ClientTerms.Upgrades upgrades(Field spec) {
        Field upgrades = spec.at("upgrades");
        ClientTerms.Upgrades otherwise = DEFAULT.upgrades();
        return new ClientTerms.Upgrades(
                upgrades.at("webSocket").flag(otherwise.webSocket()),
                upgrades.at("unknown").text("ignore").equals("reject")
                        ? UnknownUpgrade.UPGRADE_REQUIRED
                        : UnknownUpgrade.IGNORE,
                Sizes.decode(spec.at("limits").at("upgraded"), otherwise.max()),
                duration(spec.at("timeouts").at("upgradedIdle"), otherwise.idleTimeout()));
    }

    /** Null when nothing is said. */
    static @Nullable Boolean flag(Field field) {
        return field.value() instanceof Boolean flag ? flag : null;
    }

    /** One of the enum's constants, which a file writes in lower case. */
    static <E extends Enum<E>> E choice(Field field, E otherwise) {
        String text = field.text();
        return text == null ? otherwise : Enum.valueOf(otherwise.getDeclaringClass(), text.toUpperCase(Locale.ROOT));
    }
}
