package dev.sluice.route;

import dev.sluice.config.FilterSpec.RequestMirror;
import dev.sluice.config.ResourceKey;
import dev.sluice.config.RuleTerms;
import dev.sluice.filter.HttpFilter;
import dev.sluice.spi.CallProtocol.Rule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One rule, ready to run.
 *
 * @param name {@code namespace/route[ruleIndex]}, for logs and metrics
 * @param filters in request order; the response runs them backwards
 * @param backends with weights; empty when a filter answers every request
 * @param totalWeight the sum of the weights; 0 answers 500 as Gateway API demands
 * @param mirrors where copies go
 * @param requestTimeoutMillis from the request's head to the response's end; 0 for none
 * @param backendRequestTimeoutMillis one try; 0 for none
 * @param terms what it asks beyond its listener
 * @param grpc whether it is a GRPCRoute's, so that all its exchanges are gRPC calls
 * @param call the protocol that has a part in its exchanges; null for none
 */
@SuppressWarnings("ArrayRecordComponent") // read on the hot path, never compared
public record CompiledRule(
        String name,
        HttpFilter[] filters,
        List<WeightedBackend> backends,
        int totalWeight,
        List<RequestMirror> mirrors,
        long requestTimeoutMillis,
        long backendRequestTimeoutMillis,
        RuleTerms terms,
        boolean grpc,
        @Nullable Rule call) {

    public CompiledRule {
        backends = List.copyOf(backends);
        mirrors = List.copyOf(mirrors);
    }

    /**
     * @param name {@code namespace/name} of the backend, for logs and metrics
     * @param backend the backend's key; one that {@link RouteTable#backends} lacks answers 500 for its share, as Gateway
     *     API demands of invalid references
     * @param weight its share of {@link #totalWeight}
     * @param filters run after the rule's, only for this backend
     */
    @SuppressWarnings("ArrayRecordComponent") // read on the hot path, never compared
    public record WeightedBackend(String name, ResourceKey backend, int weight, HttpFilter[] filters) {}

    /**
     * The backend of a ticket.
     *
     * @param ticket 0..totalWeight-1, uniformly random
     */
    public WeightedBackend backend(int ticket) {
        int rest = ticket;
        for (int i = 0, n = backends.size() - 1; i < n; i++) {
            WeightedBackend candidate = backends.get(i);
            rest -= candidate.weight();
            if (rest < 0) {
                return candidate;
            }
        }
        return backends.get(backends.size() - 1);
    }
}
