package dev.sluice.admin;

import io.vertx.ext.web.Router;
import java.util.Map;

/** One or a few related paths of the admin API. To add one, implement this and name it in {@link AdminEndpoints}. */
interface AdminEndpoint {

    /** The paths it serves, each with one line for the index. */
    Map<String, String> paths();

    /** Mounts its handlers, which only ever see GET and HEAD; errors are {@link AdminEndpoints}' business. */
    void mount(Router router);
}
