package dev.sluice.admin;

import dev.sluice.bus.Message.EndpointsListed;
import dev.sluice.bus.Message.EndpointsRequested;
import dev.sluice.bus.Message.RouteTablePublished;
import dev.sluice.bus.Message.UpstreamsListed;
import dev.sluice.bus.Message.UpstreamsRequested;
import dev.sluice.config.Backend;
import dev.sluice.health.EndpointRecord;
import dev.sluice.observe.GatewayMetrics;
import dev.sluice.spi.CallCount;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The gateway as one who knows gRPC's channelz ({@code grpc/channelz/v1/channelz.proto}) would look for it: itself as a
 * server, each backend that can be called as a channel, its endpoints as subchannels.
 */
final class ChannelzEndpoint implements AdminEndpoint {

    private final AdminQueries queries;
    private final AdminState state;
    private final GatewayMetrics metrics;
    private final Supplier<List<CallCount>> calls;

    /** @param calls what calls have come to, by method */
    ChannelzEndpoint(AdminQueries queries, AdminState state, GatewayMetrics metrics, Supplier<List<CallCount>> calls) {
        this.queries = queries;
        this.state = state;
        this.metrics = metrics;
        this.calls = calls;
    }

    @Override
    public Map<String, String> paths() {
        return Map.of("/channelz", "gRPC calls by method, and backends as channels, after gRPC's channelz");
    }

    @Override
    public void mount(Router router) {
        router.route("/channelz").handler(this::channelz);
    }

    private void channelz(RoutingContext context) {
        RouteTablePublished published = state.published();
        if (published == null) {
            AdminReply.error(context, 503, "no configuration is in use yet");
            return;
        }
        List<Backend> backends = published.table().backends().values().stream()
                .filter(backend -> backend.protocol() != Backend.Protocol.HTTP)
                .sorted(Comparator.comparing(backend -> backend.key().toString()))
                .toList();
        Future<List<EndpointsListed>> known = queries.endpoints().ask(EndpointsRequested::new);
        Future<List<UpstreamsListed>> used = queries.upstreams().ask(UpstreamsRequested::new);
        Future.all(known, used)
                .onComplete(
                        done -> AdminReply.json(
                                context, 200, json(backends, known.result(), LoopUse.of(used.result()))),
                        context::fail);
    }

    private JsonObject json(List<Backend> backends, List<EndpointsListed> known, List<LoopUse> loops) {
        JsonArray channels = new JsonArray();
        for (Backend backend : backends) {
            List<EndpointRecord> endpoints = known.stream()
                    .flatMap(answer -> answer.endpoints().getOrDefault(backend.key(), List.of()).stream())
                    .toList();
            channels.add(ChannelzJson.channel(
                    backend.key(),
                    endpoints,
                    loops,
                    metrics.backend(backend.key().toString())));
        }
        return new JsonObject()
                .put("server", new JsonArray().add(ChannelzJson.server(state.sockets(), calls.get(), Instant.now())))
                .put("channel", channels);
    }
}
