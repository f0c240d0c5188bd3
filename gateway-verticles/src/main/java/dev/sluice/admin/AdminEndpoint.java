package dev.sluice.admin;

import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.util.Map;
import java.util.Set;

/** One or a few related paths of the admin API. To add one, implement this and name it in {@link AdminEndpoints}. */
interface AdminEndpoint {

    /** The paths it serves, each with one line for the index. */
    Map<String, String> paths();

    /**
     * The methods of its paths that are not read by GET and HEAD alone. All others change something: they are for who is
     * on this machine, and see {@link LocalWrites}.
     */
    default Map<String, Set<HttpMethod>> methods() {
        return Map.of();
    }

    /** Mounts its handlers, which only ever see these methods; errors are {@link AdminEndpoints}' business. */
    void mount(Router router);
}
