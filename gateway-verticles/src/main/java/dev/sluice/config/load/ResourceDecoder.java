package dev.sluice.config.load;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.BackendTls;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.Bootstrap.AccessLogTarget;
import dev.sluice.config.Certificate;
import dev.sluice.config.ClientPolicy;
import dev.sluice.config.ClientPolicy.TargetRef;
import dev.sluice.config.Defaults;
import dev.sluice.config.Gateway;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.Listener;
import dev.sluice.config.RuleTerms;
import dev.sluice.config.TrafficPolicy;
import dev.sluice.config.UpstreamTerms;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns documents without problems into records, field by field; the place where defaults are filled in. */
final class ResourceDecoder {

    private ResourceDecoder() {}

    /** All resources but the Bootstrap. */
    static GatewayConfig config(Resources resources, SecretFiles secrets, String digest) {
        UpstreamTermsDecoder upstreams = new UpstreamTermsDecoder(secrets);
        RouteDecoder routes = new RouteDecoder(resources);
        return new GatewayConfig(
                each(resources.all(Kind.GATEWAY), ResourceDecoder::gateway),
                Stream.of(Kind.HTTP_ROUTE, Kind.GRPC_ROUTE)
                        .flatMap(kind -> resources.all(kind).stream())
                        .map(routes::route)
                        .toList(),
                each(resources.all(Kind.BACKEND), ResourceDecoder::backend),
                each(resources.all(Kind.CERTIFICATE), ResourceDecoder::certificate),
                each(resources.all(Kind.CLIENT_POLICY), ResourceDecoder::clientPolicy),
                each(resources.all(Kind.TRAFFIC_POLICY), policy -> trafficPolicy(policy, upstreams)),
                digest);
    }

    static Bootstrap bootstrap(Resource resource, SecretFiles secrets) {
        Field spec = resource.spec();
        String address = spec.at("admin").at("address").text();
        Addresses.HostPort admin = address == null
                ? new Addresses.HostPort(Defaults.ADMIN_HOST, Defaults.ADMIN_PORT)
                : Addresses.hostPort(address);
        Field accessLog = spec.at("accessLog");
        return new Bootstrap(
                admin.host(),
                admin.port(),
                spec.at("eventLoops").number(Defaults.eventLoops()),
                Bootstrap.Transport.valueOf(spec.at("transport").text("auto").toUpperCase(Locale.ROOT)),
                duration(spec.at("drain").at("patience"), Defaults.DRAIN_PATIENCE),
                duration(spec.at("drain").at("lameDuck"), Defaults.LAME_DUCK),
                duration(spec.at("drain").at("deadline"), Defaults.DRAIN_DEADLINE),
                accessLog.at("enabled").flag(true)
                        ? new AccessLogTarget(accessLog.at("path").text("-"))
                        : null,
                Sizes.decode(spec.at("limits").at("connections"), Defaults.maxConnections()),
                spec.at("zone").text(""),
                ClusterDecoder.cluster(spec.at("cluster"), secrets));
    }

    private static Gateway gateway(Resource resource) {
        return new Gateway(
                resource.key(),
                each(resource.spec().at("addresses").items(), address -> required(address.at("value"))),
                each(resource.spec().at("listeners").items(), ResourceDecoder::listener));
    }

    private static Listener listener(Field field) {
        return new Listener(
                required(field.at("name")),
                field.at("hostname").text(),
                field.at("port").number(0),
                Listener.Protocol.valueOf(required(field.at("protocol"))),
                each(field.at("tls").at("certificateRefs").items(), References::key),
                field.at("allowedRoutes")
                        .at("namespaces")
                        .at("from")
                        .text("Same")
                        .equals("All"));
    }

    private static Backend backend(Resource resource) {
        Field spec = resource.spec();
        Backend.Protocol protocol = Backend.Protocol.valueOf(spec.at("protocol").text(Backend.Protocol.HTTP.name()));
        return new Backend(
                resource.key(),
                protocol,
                each(spec.at("endpoints").items(), ResourceDecoder::endpoint),
                protocol.isTls() ? backendTls(spec.at("tls")) : null,
                spec.at("altSvc").flag(false),
                spec.at("fallback").flag(false));
    }

    private static EndpointAddress endpoint(Field endpoint) {
        Field service = endpoint.at("service");
        return new EndpointAddress(
                service.exists() ? required(service) : required(endpoint.at("address")),
                endpoint.at("port").number(0),
                endpoint.at("weight").number(Defaults.ENDPOINT_WEIGHT),
                endpoint.at("priority").number(0),
                endpoint.at("zone").text(""));
    }

    private static BackendTls backendTls(Field tls) {
        return new BackendTls(
                tls.at("sni").text(),
                PemFiles.path(tls.at("caFile")),
                PemFiles.path(tls.at("certFile")),
                PemFiles.path(tls.at("keyFile")),
                tls.at("insecureSkipVerify").flag(false),
                tls.at("subjectAltNames").texts());
    }

    private static Certificate certificate(Resource resource) {
        return new Certificate(
                resource.key(),
                Objects.requireNonNull(PemFiles.path(resource.spec().at("certFile"))),
                Objects.requireNonNull(PemFiles.path(resource.spec().at("keyFile"))));
    }

    private static ClientPolicy clientPolicy(Resource resource) {
        Field spec = resource.spec();
        return new ClientPolicy(
                resource.key(),
                each(
                        spec.at("targetRefs").items(),
                        target -> new TargetRef(
                                References.key(target), target.at("sectionName").text())),
                TermsDecoder.client(spec));
    }

    private static TrafficPolicy trafficPolicy(Resource resource, UpstreamTermsDecoder upstreams) {
        Field spec = resource.spec();
        Map<Boolean, List<Field>> targets = spec.at("targetRefs").items().stream()
                .collect(Collectors.partitioningBy(target -> TrafficPolicyCheck.isOf(target, Kind.BACKEND)));
        List<Field> backends = targets.getOrDefault(true, List.of());
        List<Field> routes = targets.getOrDefault(false, List.of());
        return new TrafficPolicy(
                resource.key(),
                each(
                        routes,
                        target -> new TrafficPolicy.TargetRef(
                                TrafficPolicyCheck.isOf(target, Kind.GRPC_ROUTE),
                                References.key(target),
                                target.at("sectionName").text())),
                routes.isEmpty() ? RuleTerms.DEFAULT : TermsDecoder.rule(spec),
                each(backends, References::key),
                backends.isEmpty() ? UpstreamTerms.DEFAULT : upstreams.decode(spec));
    }

    // --- shared with the other decoders ---

    static <T, R> List<R> each(List<T> items, Function<T, R> decoder) {
        return items.stream().map(decoder).toList();
    }

    /** A text that the schema requires. */
    static String required(Field field) {
        return Objects.requireNonNull(field.text(), field.pointer());
    }

    static @Nullable Duration duration(Field field) {
        String text = field.text();
        return text == null ? null : Durations.parse(text);
    }

    static Duration duration(Field field, Duration otherwise) {
        String text = field.text();
        return text == null ? otherwise : Durations.parse(text);
    }
}
