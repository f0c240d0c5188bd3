package dev.sluice.proxy;

import dev.sluice.route.Bind;
import dev.sluice.route.CompiledMatch;
import dev.sluice.spi.Extensions;
import dev.sluice.spi.LocalService;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one socket offers beside what its rules route to. */
final class LocalServices {

    private final Map<String, LocalService> byPath = new HashMap<>();

    LocalServices(Extensions extensions, Bind bind) {
        for (LocalService service : extensions.localServices()) {
            if (service.offered(bind.terms(), bind.grpc())) {
                service.paths().forEach(path -> byPath.put(path, service));
            }
        }
    }

    /** The service that answers a request for a path; null for none, or when the configuration routes to one of that name. */
    @Nullable
    LocalService get(String path, @Nullable CompiledMatch match) {
        if (byPath.isEmpty()) {
            return null;
        }
        LocalService service = byPath.get(path);
        return service == null || (match != null && match.names(path)) ? null : service;
    }
}
