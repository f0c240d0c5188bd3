package dev.sluice.admin;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.ConnectionsListed;
import dev.sluice.bus.Message.EndpointsListed;
import dev.sluice.bus.Message.PushAnswered;
import dev.sluice.bus.Message.UpstreamsListed;
import dev.sluice.config.Defaults;
import io.vertx.core.Vertx;

/** Everything that the admin API asks other verticles. */
public final class AdminQueries {

    private final Queries<ConnectionsListed> connections;
    private final Queries<UpstreamsListed> upstreams;
    private final Queries<EndpointsListed> endpoints;
    private final Queries<PushAnswered> pushes;

    /**
     * Subscribes to the answers; call on the admin API's event loop.
     *
     * @param loops how many event loops answer
     */
    public AdminQueries(Vertx vertx, Bus bus, int loops) {
        connections = new Queries<>(vertx, bus, loops);
        upstreams = new Queries<>(vertx, bus, loops);
        endpoints = new Queries<>(vertx, bus, 1);
        pushes = new Queries<>(vertx, bus, 1, Defaults.PUSH_ANSWER_TIMEOUT);
        bus.consume(PushAnswered.class, answer -> pushes.answered(answer.ticket(), answer));
        bus.consume(ConnectionsListed.class, answer -> connections.answered(answer.ticket(), answer));
        bus.consume(UpstreamsListed.class, answer -> upstreams.answered(answer.ticket(), answer));
        bus.consume(EndpointsListed.class, answer -> endpoints.answered(answer.ticket(), answer));
    }

    /** Each event loop's clients. */
    Queries<ConnectionsListed> connections() {
        return connections;
    }

    /** What each event loop's upstreams are doing. */
    Queries<UpstreamsListed> upstreams() {
        return upstreams;
    }

    /** What became of a configuration that was pushed. */
    Queries<PushAnswered> pushes() {
        return pushes;
    }

    /** What is known of endpoints. */
    Queries<EndpointsListed> endpoints() {
        return endpoints;
    }
}
