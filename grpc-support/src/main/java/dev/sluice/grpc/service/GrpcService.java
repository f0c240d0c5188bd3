package dev.sluice.grpc.service;

import dev.sluice.config.ClientTerms;
import dev.sluice.spi.LocalService;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** gRPC methods as a service of this process: their names, and what answers their calls. */
public final class GrpcService implements LocalService {

    private final Map<String, GrpcMethod<?>> methods;
    private final Function<ClientTerms.Grpc, @Nullable Boolean> setting;

    private GrpcService(Map<String, GrpcMethod<?>> byPath, Function<ClientTerms.Grpc, @Nullable Boolean> setting) {
        this.methods = Map.copyOf(byPath);
        this.setting = setting;
    }

    /**
     * Of one service.
     *
     * @param name full, such as {@code grpc.health.v1.Health}
     * @param methods by their names, such as {@code Check}
     */
    public static GrpcService of(String name, Map<String, GrpcMethod<?>> methods) {
        return of(Map.of(name, methods), terms -> null);
    }

    /**
     * Of several services: their methods by the services' full names.
     *
     * @param setting whether a listener's policy wants them; null where it does not say
     */
    static GrpcService of(
            Map<String, Map<String, GrpcMethod<?>>> services, Function<ClientTerms.Grpc, @Nullable Boolean> setting) {
        Map<String, GrpcMethod<?>> byPath = new LinkedHashMap<>();
        services.forEach((service, methods) ->
                methods.forEach((method, handler) -> byPath.put("/" + service + "/" + method, handler)));
        return new GrpcService(byPath, setting);
    }

    @Override
    public Set<String> paths() {
        return methods.keySet();
    }

    @Override
    public boolean offered(ClientTerms terms, boolean grpcRoutes) {
        Boolean wanted = setting.apply(terms.grpc());
        return wanted == null ? grpcRoutes : wanted;
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
