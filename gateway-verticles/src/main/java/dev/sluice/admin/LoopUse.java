package dev.sluice.admin;

import dev.sluice.bus.Message.UpstreamsListed;
import dev.sluice.config.ResourceKey;
import dev.sluice.upstream.Endpoint;
import dev.sluice.upstream.UpstreamRecord;
import dev.sluice.upstream.UpstreamRecord.Use;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What one event loop is doing.
 *
 * @param loop its index
 * @param upstreams by backend
 */
record LoopUse(int loop, Map<ResourceKey, UpstreamRecord> upstreams) {

    /** From what loops have answered, in their order. */
    static List<LoopUse> of(List<UpstreamsListed> answers) {
        return answers.stream()
                .sorted(Comparator.comparingInt(UpstreamsListed::loop))
                .map(answer -> new LoopUse(
                        answer.loop(),
                        answer.upstreams().stream()
                                .collect(Collectors.toMap(UpstreamRecord::backend, Function.identity()))))
                .toList();
    }

    /** The retries to a backend under way. */
    int retries(ResourceKey backend) {
        UpstreamRecord upstream = upstreams.get(backend);
        return upstream == null ? 0 : upstream.retries();
    }

    /** What it is doing at each endpoint of a backend; nothing at those that it does not know. */
    Map<Endpoint, Use> uses(ResourceKey backend) {
        UpstreamRecord upstream = upstreams.get(backend);
        return upstream == null
                ? Map.of()
                : upstream.endpoints().stream().collect(Collectors.toMap(Use::endpoint, Function.identity()));
    }
}
