package dev.sluice.grpc.service;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.config.Defaults;
import dev.sluice.config.ResourceKey;
import dev.sluice.grpc.GrpcStatus;
import dev.sluice.grpc.MessageReader;
import dev.sluice.spi.LocalService;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.proto.reflection.v1.ServerReflectionRequest;
import sluice.proto.reflection.v1.ServerReflectionResponse;

/**
 * The backends' own reflection, as one call sees it. A backend that has none, or that gives no answer, is left out for the
 * rest of the call, so that each costs its timeout once.
 */
final class BackendReflection {

    /** What a backend without an answer says. */
    static final ServerReflectionResponse SILENCE = ServerReflectionResponse.getDefaultInstance();

    private static final String V1_PATH = "/" + ReflectionService.V1 + "/" + ReflectionService.METHOD;
    private static final String V1_ALPHA_PATH = "/" + ReflectionService.V1_ALPHA + "/" + ReflectionService.METHOD;

    private static final String ANY_METHOD = "/ServerReflection";

    private final LocalService.Exchange exchange;
    /** Under which path each answers, as far as that is known. */
    private final Map<ResourceKey, String> paths = new HashMap<>();

    private final Set<ResourceKey> silent = new HashSet<>();

    BackendReflection(LocalService.Exchange exchange) {
        this.exchange = exchange;
    }

    /** Those that may answer, in an order that stays. */
    List<ResourceKey> backends() {
        return inOrder(exchange.backends());
    }

    /** Of those the ones to which calls of a symbol go, be it a service or a method; none for any other symbol. */
    List<ResourceKey> routedTo(String symbol) {
        List<ResourceKey> ofService = exchange.backends("/" + symbol + ANY_METHOD);
        int dot = symbol.lastIndexOf('.');
        return inOrder(
                ofService.isEmpty() && dot > 0
                        ? exchange.backends("/" + symbol.substring(0, dot) + "/" + symbol.substring(dot + 1))
                        : ofService);
    }

    private List<ResourceKey> inOrder(List<ResourceKey> backends) {
        return backends.stream()
                .filter(backend -> !silent.contains(backend))
                .sorted(Comparator.comparing(ResourceKey::toString))
                .toList();
    }

    /** Asks one, by v1 and then by v1alpha; gives its answer or {@link #SILENCE}, never fails. */
    Future<ServerReflectionResponse> ask(ResourceKey backend, ServerReflectionRequest request) {
        String path = paths.getOrDefault(backend, V1_PATH);
        MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                .set("content-type", "application/grpc")
                .set("te", "trailers");
        return exchange.ask(
                        backend,
                        path,
                        headers,
                        ServiceCall.framed(request),
                        Defaults.REFLECTION_ANSWER_BYTES,
                        Defaults.REFLECTION_TIMEOUT)
                .compose(answer -> {
                    if (path.equals(V1_PATH) && GrpcStatus.UNIMPLEMENTED.text().equals(status(answer))) {
                        paths.put(backend, V1_ALPHA_PATH);
                        return ask(backend, request);
                    }
                    ServerReflectionResponse response = read(answer);
                    return response == null
                            ? Future.failedFuture("no answer that can be read")
                            : Future.succeededFuture(response);
                })
                .otherwise(failure -> {
                    silent.add(backend);
                    return SILENCE;
                });
    }

    private static @Nullable ServerReflectionResponse read(LocalService.Answer answer) {
        if (answer.status() != 200 || !GrpcStatus.OK.text().equals(status(answer))) {
            return null;
        }
        MessageReader reader = new MessageReader(Defaults.REFLECTION_ANSWER_BYTES);
        reader.add(answer.body());
        try {
            byte[] message = reader.next();
            return message == null ? null : ServerReflectionResponse.parseFrom(message);
        } catch (MessageReader.UnreadableException | InvalidProtocolBufferException e) {
            return null;
        }
    }

    private static @Nullable String status(LocalService.Answer answer) {
        String status = answer.trailers().get("grpc-status");
        return status == null ? answer.headers().get("grpc-status") : status;
    }
}
