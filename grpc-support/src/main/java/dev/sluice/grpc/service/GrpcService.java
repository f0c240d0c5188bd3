package dev.sluice.grpc.service;

import dev.sluice.spi.LocalService;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** gRPC methods as a service of this process: their names, and what answers their calls. */
public final class GrpcService implements LocalService {

    private final Map<String, GrpcMethod<?>> methods;

    private GrpcService(Map<String, GrpcMethod<?>> byPath) {
        methods = Map.copyOf(byPath);
    }

    /**
     * Of one service.
     *
     * @param name full, such as {@code grpc.health.v1.Health}
     * @param methods by their names, such as {@code Check}
     */
    public static GrpcService of(String name, Map<String, GrpcMethod<?>> methods) {
        return of(Map.of(name, methods));
    }

    /** Of several services: their methods by the services' full names. */
    static GrpcService of(Map<String, Map<String, GrpcMethod<?>>> services) {
        Map<String, GrpcMethod<?>> byPath = new LinkedHashMap<>();
        services.forEach((service, methods) ->
                methods.forEach((method, handler) -> byPath.put("/" + service + "/" + method, handler)));
        return new GrpcService(byPath);
    }

    @Override
    public Set<String> paths() {
        return methods.keySet();
    }

    @Override
    public Stream open(Exchange exchange) {
        GrpcMethod<?> method = methods.get(exchange.path());
        if (method == null) {
            throw new IllegalArgumentException(exchange.path() + " (expected: one of " + methods.keySet() + ")");
        }
        return method.open(exchange);
    }
}
