package dev.sluice.config.load;

import static dev.sluice.config.load.ResourceDecoder.each;
import static dev.sluice.config.load.ResourceDecoder.required;

import dev.sluice.config.Defaults;
import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpMatch.PathMatch;
import dev.sluice.config.HttpMatch.ValueMatch;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRoute.ParentRef;
import dev.sluice.config.HttpRule;
import dev.sluice.config.HttpRule.BackendRef;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** Decodes routes; their filters are {@link FilterDecoder}'s. */
final class RouteDecoder {

    private static final Map<String, PathMatch.Type> PATH_TYPES = Map.of(
            "Exact", PathMatch.Type.EXACT,
            "PathPrefix", PathMatch.Type.PATH_PREFIX,
            "RegularExpression", PathMatch.Type.REGULAR_EXPRESSION);

    private static final Map<String, ValueMatch.Type> VALUE_TYPES = Map.of(
            "Exact", ValueMatch.Type.EXACT,
            "RegularExpression", ValueMatch.Type.REGULAR_EXPRESSION);

    private final FilterDecoder filters;

    RouteDecoder(Resources resources) {
        this.filters = new FilterDecoder(resources);
    }

    HttpRoute route(Resource resource) {
        Field spec = resource.spec();
        boolean grpc = resource.kind() == Kind.GRPC_ROUTE;
        return new HttpRoute(
                grpc,
                resource.key(),
                each(
                        spec.at("parentRefs").items(),
                        parent -> new ParentRef(
                                References.key(parent),
                                parent.at("sectionName").text(),
                                parent.at("port").number(0))),
                spec.at("hostnames").texts(),
                each(spec.at("rules").items(), rule -> rule(rule, grpc)));
    }

    private HttpRule rule(Field rule, boolean grpc) {
        List<HttpMatch> matches =
                each(rule.at("matches").items(), grpc ? RouteDecoder::grpcMatch : RouteDecoder::match);
        return new HttpRule(
                rule.at("name").text(),
                matches.isEmpty() ? List.of(HttpMatch.ANY) : matches,
                each(rule.at("filters").items(), filters::filter),
                each(rule.at("backendRefs").items(), this::backendRef),
                ResourceDecoder.duration(rule.at("timeouts").at("request")),
                ResourceDecoder.duration(rule.at("timeouts").at("backendRequest")));
    }

    private BackendRef backendRef(Field reference) {
        return new BackendRef(
                References.key(reference),
                reference.at("weight").number(Defaults.BACKEND_WEIGHT),
                each(reference.at("filters").items(), filters::filter));
    }

    private static HttpMatch match(Field match) {
        Field path = match.at("path");
        return new HttpMatch(
                new PathMatch(
                        Objects.requireNonNull(PATH_TYPES.get(path.at("type").text("PathPrefix"))),
                        path.at("value").text("/")),
                match.at("method").text(),
                headers(match),
                each(match.at("queryParams").items(), parameter -> value(parameter, required(parameter.at("name")))));
    }

    private static HttpMatch grpcMatch(Field match) {
        GrpcMatch method = GrpcMatch.of(match.at("method"));
        return new HttpMatch(method.path(), null, headers(match), List.of(), method.call());
    }

    private static List<ValueMatch> headers(Field match) {
        return each(
                match.at("headers").items(),
                header -> value(header, required(header.at("name")).toLowerCase(Locale.ROOT)));
    }

    private static ValueMatch value(Field match, String name) {
        ValueMatch.Type type = VALUE_TYPES.get(match.at("type").text("Exact"));
        return new ValueMatch(Objects.requireNonNull(type), name, required(match.at("value")));
    }
}
