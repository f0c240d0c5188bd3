package dev.sluice.config.load;

import static dev.sluice.config.load.ResourceDecoder.each;
import static dev.sluice.config.load.ResourceDecoder.required;

import dev.sluice.config.Defaults;
import dev.sluice.config.FilterSpec;
import dev.sluice.config.FilterSpec.HeaderChanges;
import dev.sluice.config.FilterSpec.PathModifier;
import dev.sluice.config.ResourceKey;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Decodes one entry of {@code filters[]}. */
final class FilterDecoder {

    private final Resources resources;

    FilterDecoder(Resources resources) {
        this.resources = resources;
    }

    FilterSpec filter(Field filter) {
        String type = required(filter.at("type"));
        Field settings = filter.at(Objects.requireNonNull(FilterCheck.FIELDS.get(type)));
        return switch (type) {
            case "RequestHeaderModifier" -> new FilterSpec.RequestHeaderModifier(headerChanges(settings));
            case "ResponseHeaderModifier" -> new FilterSpec.ResponseHeaderModifier(headerChanges(settings));
            case "RequestRedirect" ->
                new FilterSpec.RequestRedirect(
                        settings.at("scheme").text(),
                        settings.at("hostname").text(),
                        pathModifier(settings.at("path")),
                        settings.at("port").number(0),
                        settings.at("statusCode").number(Defaults.REDIRECT_STATUS));
            case "URLRewrite" ->
                new FilterSpec.UrlRewrite(settings.at("hostname").text(), pathModifier(settings.at("path")));
            case "RequestMirror" -> mirror(settings);
            case "CORS" ->
                new FilterSpec.Cors(
                        settings.at("allowOrigins").texts(),
                        settings.at("allowMethods").texts(),
                        settings.at("allowHeaders").texts(),
                        settings.at("exposeHeaders").texts(),
                        settings.at("allowCredentials").flag(false),
                        settings.at("maxAge").number(Defaults.CORS_MAX_AGE_SECONDS));
            default ->
                FilterCheck.extension(settings) == Kind.RATE_LIMIT
                        ? rateLimit(References.key(settings))
                        : custom(References.key(settings));
        };
    }

    private static HeaderChanges headerChanges(Field settings) {
        return new HeaderChanges(
                headers(settings.at("set")),
                headers(settings.at("add")),
                each(settings.at("remove").texts(), name -> name.toLowerCase(Locale.ROOT)));
    }

    private static List<Map.Entry<String, String>> headers(Field list) {
        return each(
                list.items(),
                header ->
                        Map.entry(required(header.at("name")).toLowerCase(Locale.ROOT), required(header.at("value"))));
    }

    private static @Nullable PathModifier pathModifier(Field path) {
        if (!path.exists()) {
            return null;
        } else if (required(path.at("type")).equals("ReplaceFullPath")) {
            return new PathModifier(PathModifier.Type.REPLACE_FULL_PATH, required(path.at("replaceFullPath")));
        }
        String prefix = required(path.at("replacePrefixMatch"));
        return new PathModifier(PathModifier.Type.REPLACE_PREFIX_MATCH, prefix.isEmpty() ? "/" : prefix);
    }

    private static FilterSpec mirror(Field settings) {
        ResourceKey backend = References.key(settings.at("backendRef"));
        Field fraction = settings.at("fraction");
        return fraction.exists()
                ? new FilterSpec.RequestMirror(
                        backend,
                        fraction.at("numerator").number(0),
                        fraction.at("denominator").number(Defaults.MIRROR_DENOMINATOR))
                : new FilterSpec.RequestMirror(backend, settings.at("percent").number(100), 100);
    }

    private FilterSpec rateLimit(ResourceKey key) {
        Field spec =
                Objects.requireNonNull(resources.find(Kind.RATE_LIMIT, key)).spec();
        return new FilterSpec.RateLimit(key, RateLimitDecoder.terms(spec));
    }

    private FilterSpec custom(ResourceKey key) {
        Field spec = Objects.requireNonNull(resources.find(Kind.FILTER, key)).spec();
        JsonObject config = spec.at("config").value() instanceof JsonObject object ? object : new JsonObject();
        return new FilterSpec.Custom(key, required(spec.at("class")), config);
    }
}
