package dev.sluice.admin;

import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.config.ResourceKey;
import dev.sluice.health.EndpointRecord;
import dev.sluice.observe.BackendCount;
import dev.sluice.spi.CallCount;
import dev.sluice.upstream.Endpoint;
import dev.sluice.upstream.UpstreamRecord.Use;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The messages of {@code channelz.proto} as far as the gateway has something to tell, in its field names. */
final class ChannelzJson {

    private ChannelzJson() {}

    /** States of a channel, best first: a channel is in the best of its subchannels. */
    private enum State {
        READY,
        CONNECTING,
        IDLE,
        TRANSIENT_FAILURE
    }

    /** The gateway; {@code method} is no part of the protocol. */
    static JsonObject server(Collection<BoundSocket> sockets, List<CallCount> calls, Instant now) {
        JsonArray listening = new JsonArray();
        for (BoundSocket socket : sockets) {
            listening.add(new JsonObject()
                    .put("name", socket.host() + ":" + socket.port())
                    .put("listeners", new JsonArray(socket.listeners()))
                    .put("protocols", new JsonArray(socket.protocols())));
        }
        JsonArray methods = new JsonArray();
        calls.stream()
                .sorted(Comparator.comparing(CallCount::service).thenComparing(CallCount::method))
                .forEach(count -> methods.add(new JsonObject()
                        .put("name", count.service() + "/" + count.method())
                        .put("data", data(List.of(count), now))));
        return new JsonObject()
                .put("ref", ref("sluice"))
                .put("data", data(calls, now))
                .put("listenSocket", listening)
                .put("method", methods);
    }

    private static JsonObject data(List<CallCount> calls, Instant now) {
        JsonObject data = new JsonObject()
                .put(
                        "callsStarted",
                        calls.stream().mapToLong(CallCount::started).sum())
                .put(
                        "callsSucceeded",
                        calls.stream().mapToLong(CallCount::succeeded).sum())
                .put("callsFailed", calls.stream().mapToLong(CallCount::failed).sum());
        calls.stream()
                .filter(count -> count.started() > 0)
                .mapToLong(CallCount::nanosSinceLastStart)
                .min()
                .ifPresent(nanos -> data.put(
                        "lastCallStartedTimestamp", now.minusNanos(nanos).toString()));
        return data;
    }

    /**
     * A backend.
     *
     * @param endpoints what is known of its endpoints
     * @param count all its requests, gRPC or not, by their HTTP status
     */
    static JsonObject channel(
            ResourceKey backend, List<EndpointRecord> endpoints, List<LoopUse> loops, BackendCount count) {
        State state = State.TRANSIENT_FAILURE;
        long active = 0;
        JsonArray subchannels = new JsonArray();
        for (EndpointRecord endpoint : endpoints) {
            Endpoint identity = endpoint.view().endpoint();
            List<Use> uses = loops.stream()
                    .flatMap(loop -> Stream.ofNullable(loop.uses(backend).get(identity)))
                    .toList();
            State own = state(endpoint, uses);
            state = own.compareTo(state) < 0 ? own : state;
            long requests = uses.stream().mapToLong(Use::requests).sum();
            active += requests;
            subchannels.add(new JsonObject()
                    .put("ref", ref(identity.label()))
                    .put(
                            "data",
                            state(own, identity.label())
                                    .put("callsActive", requests)
                                    .put(
                                            "connections",
                                            uses.stream()
                                                    .mapToInt(Use::connections)
                                                    .sum())));
        }
        return new JsonObject()
                .put("ref", ref(backend.toString()))
                .put(
                        "data",
                        state(state, backend.toString())
                                .put("callsStarted", count.ended() + active)
                                .put("callsSucceeded", count.ended() - count.failed())
                                .put("callsFailed", count.failed()))
                .put("subchannel", subchannels);
    }

    private static State state(EndpointRecord endpoint, List<Use> uses) {
        if (!endpoint.view().health().fit()) {
            return State.TRANSIENT_FAILURE;
        }
        if (uses.stream().anyMatch(use -> use.connections() > 0)) {
            return State.READY;
        }
        return uses.stream().anyMatch(use -> use.connecting() > 0) ? State.CONNECTING : State.IDLE;
    }

    private static JsonObject state(State state, String target) {
        return new JsonObject()
                .put("state", new JsonObject().put("state", state.name()))
                .put("target", target);
    }

    private static JsonObject ref(String name) {
        return new JsonObject().put("name", name);
    }
}
