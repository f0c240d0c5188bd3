package dev.sluice.grpc.service;

import dev.sluice.config.ClientTerms;
import dev.sluice.grpc.GrpcStatus;
import dev.sluice.spi.LocalService;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.proto.health.v1.HealthCheckRequest;
import sluice.proto.health.v1.HealthCheckResponse;
import sluice.proto.health.v1.HealthCheckResponse.ServingStatus;

/**
 * {@code grpc.health.v1.Health}: of the gateway, which is the service without a name, and of the services behind it, each
 * of which serves when a call to it would find a fit endpoint. Nothing serves while the gateway drains.
 */
public final class HealthService {

    static final String NAME = "grpc.health.v1.Health";

    /** Stands for whatever method of a service: only rules that name single methods tell them apart. */
    private static final String ANY_METHOD = "/Health";

    /** They are the gateway. */
    private static final Set<String> OWN = Set.of(NAME, ReflectionService.V1, ReflectionService.V1_ALPHA);

    private HealthService() {}

    /** Check and Watch. */
    public static LocalService create() {
        Map<String, ServiceMethod<?>> methods = Map.of(
                "Check",
                ServiceMethod.ofOne(HealthCheckRequest::parseFrom, HealthService::check),
                "Watch",
                new ServiceMethod<>(HealthCheckRequest::parseFrom, Watch::new));
        return GrpcService.of(Map.of(NAME, methods), ClientTerms.Grpc::health);
    }

    private static void check(ServiceCall call, HealthCheckRequest request) {
        ServingStatus status = status(call.exchange(), request.getService());
        if (status == ServingStatus.SERVICE_UNKNOWN) {
            call.end(GrpcStatus.NOT_FOUND, "no route for service " + request.getService());
        } else {
            call.send(response(status));
            call.end();
        }
    }

    private static ServingStatus status(LocalService.Exchange exchange, String service) {
        boolean own = service.isEmpty() || OWN.contains(service);
        String path = "/" + service + ANY_METHOD;
        if (!own && !exchange.routes(path)) {
            return ServingStatus.SERVICE_UNKNOWN;
        }
        boolean serves = !exchange.draining() && (own || exchange.serves(path));
        return serves ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    }

    private static HealthCheckResponse response(ServingStatus status) {
        return HealthCheckResponse.newBuilder().setStatus(status).build();
    }

    /** One client that wants to be told, until it goes away or the gateway does. */
    private static final class Watch extends OneRequest<HealthCheckRequest> {

        private @Nullable String service;
        private @Nullable ServingStatus told;

        Watch(ServiceCall call) {
            super(call);
        }

        @Override
        void answer(HealthCheckRequest request) {
            service = request.getService();
            changed();
        }

        @Override
        public void changed() {
            if (service == null) {
                return;
            }
            ServingStatus status = status(call.exchange(), service);
            if (status != told) {
                told = status;
                call.send(response(status));
            }
        }
    }
}
