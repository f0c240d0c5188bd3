package dev.sluice.spi;

import io.prometheus.metrics.model.registry.MultiCollector;
import java.util.List;

/**
 * Everything a distribution adds to the gateway, wired explicitly.
 *
 * @param replyFormats tried before the built-in JSON and plain text
 * @param endpointSources tried before the built-in literals and DNS
 * @param callProtocols asked in order; the first that has a part in a rule's exchanges takes it
 * @param localServices offered on listeners that take gRPC calls
 * @param metrics shown with the gateway's own; asked from any thread
 */
public record Extensions(
        List<ReplyFormat> replyFormats,
        List<EndpointSource.Factory> endpointSources,
        List<CallProtocol> callProtocols,
        List<LocalService> localServices,
        List<MultiCollector> metrics) {

    /** No extensions. */
    public static final Extensions NONE = new Extensions(List.of());

    public Extensions {
        replyFormats = List.copyOf(replyFormats);
        endpointSources = List.copyOf(endpointSources);
        callProtocols = List.copyOf(callProtocols);
        localServices = List.copyOf(localServices);
        metrics = List.copyOf(metrics);
    }

    /** Of reply formats alone. */
    public Extensions(List<ReplyFormat> replyFormats) {
        this(replyFormats, List.of());
    }

    /** Of reply formats and sources of endpoints. */
    public Extensions(List<ReplyFormat> replyFormats, List<EndpointSource.Factory> endpointSources) {
        this(replyFormats, endpointSources, List.of(), List.of(), List.of());
    }
}
