package dev.sluice.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@code sluice.dev/v1 ClientPolicy}: how listeners treat their clients.
 *
 * @param key the resource's name
 * @param targetRefs the gateways or single listeners it applies to; a policy on a listener wins over one on its gateway
 * @param terms what holds for them
 */
public record ClientPolicy(ResourceKey key, List<TargetRef> targetRefs, ClientTerms terms) {

    public ClientPolicy {
        targetRefs = List.copyOf(targetRefs);
    }

    /**
     * @param gateway the gateway's key
     * @param sectionName one listener of it; null for all
     */
    public record TargetRef(ResourceKey gateway, @Nullable String sectionName) {}

    /** HTTP/3 on HTTPS listeners. */
    public enum Http3 {
        /** Served where the native QUIC library loads; otherwise said once in the log, and TCP alone serves. */
        AUTO,
        /** Starting fails where HTTP/3 cannot be served. */
        REQUIRED,
        /** Never served. */
        OFF
    }
}
