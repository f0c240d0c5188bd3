package dev.sluice.config;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One {@code filters[]} entry of a rule or backendRef, a record per filter type. */
public sealed interface FilterSpec {

    /**
     * Header changes, in Gateway API's order: remove, set, add.
     *
     * @param set replace or create, names in lower case
     * @param add append
     * @param remove names in lower case
     */
    record HeaderChanges(
            List<Map.Entry<String, String>> set, List<Map.Entry<String, String>> add, List<String> remove) {
        public HeaderChanges {
            set = List.copyOf(set);
            add = List.copyOf(add);
            remove = List.copyOf(remove);
        }
    }

    /** {@code type: RequestHeaderModifier}. */
    record RequestHeaderModifier(HeaderChanges changes) implements FilterSpec {}

    /** {@code type: ResponseHeaderModifier}. */
    record ResponseHeaderModifier(HeaderChanges changes) implements FilterSpec {}

    /**
     * A path replacement of a redirect or rewrite.
     *
     * @param type the whole path, or only the prefix that the rule matched
     * @param value the replacement, beginning with {@code /}
     */
    record PathModifier(Type type, String value) {
        /** Path modifier types of Gateway API. */
        public enum Type {
            REPLACE_FULL_PATH,
            REPLACE_PREFIX_MATCH
        }
    }

    /**
     * {@code type: RequestRedirect}; null (or 0) keeps the request's own part.
     *
     * @param scheme {@code http} or {@code https}
     * @param hostname the new host
     * @param path the new path
     * @param port the new port; 0 when not given, which derives it from the scheme as Gateway API says
     * @param statusCode 301, 302, 303, 307 or 308
     */
    record RequestRedirect(
            @Nullable String scheme, @Nullable String hostname, @Nullable PathModifier path, int port, int statusCode)
            implements FilterSpec {}

    /** {@code type: URLRewrite}. */
    record UrlRewrite(@Nullable String hostname, @Nullable PathModifier path) implements FilterSpec {}

    /**
     * {@code type: RequestMirror}: a copy of the request goes to another backend, whose answer is thrown away.
     *
     * @param backend where the copy goes
     * @param numerator of the share of requests that is mirrored
     * @param denominator of that share, at least 1
     */
    record RequestMirror(ResourceKey backend, int numerator, int denominator) implements FilterSpec {}

    /**
     * {@code type: CORS} (the Fetch standard's protocol).
     *
     * @param allowOrigins {@code *}, {@code scheme://host[:port]} or {@code scheme://*.suffix[:port]}
     * @param allowMethods methods or {@code *}
     * @param allowHeaders header names or {@code *}
     * @param exposeHeaders header names or {@code *}
     * @param allowCredentials whether to send {@code Access-Control-Allow-Credentials: true}
     * @param maxAgeSeconds how long a preflight may be kept, in seconds, at least 1
     */
    record Cors(
            List<String> allowOrigins,
            List<String> allowMethods,
            List<String> allowHeaders,
            List<String> exposeHeaders,
            boolean allowCredentials,
            int maxAgeSeconds)
            implements FilterSpec {
        public Cors {
            allowOrigins = List.copyOf(allowOrigins);
            allowMethods = List.copyOf(allowMethods);
            allowHeaders = List.copyOf(allowHeaders);
            exposeHeaders = List.copyOf(exposeHeaders);
        }
    }

    /**
     * {@code type: ExtensionRef} to a {@code sluice.dev/v1 Filter}: a filter class that a Java developer wrote.
     *
     * @param key the Filter resource
     * @param className the class that implements {@code dev.sluice.filter.FilterFactory}
     * @param config the resource's {@code spec.config}, as it stands; the factory validates it
     */
    record Custom(ResourceKey key, String className, JsonObject config) implements FilterSpec {}

    /**
     * {@code type: ExtensionRef} to a {@code sluice.dev/v1 RateLimit}.
     *
     * @param key the RateLimit resource
     */
    record RateLimit(ResourceKey key, RateLimitTerms terms) implements FilterSpec {}
}
