package dev.sluice.grpc.service;

import dev.sluice.config.ClientTerms;
import dev.sluice.spi.LocalService;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** gRPC methods as a service of this process: their names, and what answers their calls. */
public final class GrpcService implements LocalService {

    private final Map<String, ServiceMethod<?>> methods;
    private final Function<ClientTerms.Grpc, @Nullable Boolean> setting;

    private GrpcService(Map<String, ServiceMethod<?>> byPath, Function<ClientTerms.Grpc, @Nullable Boolean> setting) {
        this.methods = Map.copyOf(byPath);
        this.setting = setting;
    }

    /**
     * Of services that are offered together.
     *
     * @param services by full names, such as {@code grpc.health.v1.Health}: their methods by names, such as {@code Check}
     * @param setting whether a listener's policy wants them; null where it does not say
     */
    public static GrpcService of(
            Map<String, Map<String, ServiceMethod<?>>> services,
            Function<ClientTerms.Grpc, @Nullable Boolean> setting) {
        Map<String, ServiceMethod<?>> byPath = new HashMap<>();
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
        ServiceMethod<?> method = methods.get(exchange.path());
        if (method == null) {
            throw new IllegalArgumentException(exchange.path() + " (expected: one of " + methods.keySet() + ")");
        }
        return method.open(exchange);
    }
}
