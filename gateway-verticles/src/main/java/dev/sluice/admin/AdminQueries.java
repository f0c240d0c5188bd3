package dev.sluice.admin;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message;
import dev.sluice.bus.Message.ConnectionDrainAnswered;
import dev.sluice.bus.Message.ConnectionsListed;
import dev.sluice.bus.Message.CutAnswered;
import dev.sluice.bus.Message.EndpointDrainAnswered;
import dev.sluice.bus.Message.EndpointsListed;
import dev.sluice.bus.Message.ExchangesListed;
import dev.sluice.bus.Message.ProgressListed;
import dev.sluice.bus.Message.PushAnswered;
import dev.sluice.bus.Message.TailPolled;
import dev.sluice.bus.Message.UpstreamsListed;
import dev.sluice.config.Defaults;
import io.vertx.core.Vertx;

/** Everything that the admin API asks and tells other verticles. */
public final class AdminQueries {

    private final Queries<ConnectionsListed> connections;
    private final Queries<UpstreamsListed> upstreams;
    private final Queries<EndpointsListed> endpoints;
    private final Queries<PushAnswered> pushes;
    private final Queries<ProgressListed> progress;
    private final Queries<ConnectionDrainAnswered> connectionDrains;
    private final Queries<EndpointDrainAnswered> endpointDrains;
    private final Bus bus;
    private final Queries<ExchangesListed> exchanges;
    private final Queries<CutAnswered> cuts;
    private final Queries<TailPolled> tails;

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
        progress = new Queries<>(vertx, bus, loops);
        connectionDrains = new Queries<>(vertx, bus, loops);
        endpointDrains = new Queries<>(vertx, bus, 1);
        this.bus = bus;
        bus.consume(ProgressListed.class, answer -> progress.answered(answer.ticket(), answer));
        bus.consume(ConnectionDrainAnswered.class, answer -> connectionDrains.answered(answer.ticket(), answer));
        bus.consume(EndpointDrainAnswered.class, answer -> endpointDrains.answered(answer.ticket(), answer));
        exchanges = new Queries<>(vertx, bus, loops);
        cuts = new Queries<>(vertx, bus, loops);
        tails = new Queries<>(vertx, bus, loops);
        bus.consume(TailPolled.class, answer -> tails.answered(answer.ticket(), answer));
        bus.consume(ExchangesListed.class, answer -> exchanges.answered(answer.ticket(), answer));
        bus.consume(CutAnswered.class, answer -> cuts.answered(answer.ticket(), answer));
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

    /** Each event loop's exchanges. */
    Queries<ExchangesListed> exchanges() {
        return exchanges;
    }

    /** Whether an event loop had what was to be ended. */
    Queries<CutAnswered> cuts() {
        return cuts;
    }

    /** What has ended on each event loop. */
    Queries<TailPolled> tails() {
        return tails;
    }

    /** What is known of endpoints. */
    Queries<EndpointsListed> endpoints() {
        return endpoints;
    }

    /** What is open and in flight on each event loop. */
    Queries<ProgressListed> progress() {
        return progress;
    }

    /** Which event loop had the connection that shall end. */
    Queries<ConnectionDrainAnswered> connectionDrains() {
        return connectionDrains;
    }

    /** Whether there was such an endpoint. */
    Queries<EndpointDrainAnswered> endpointDrains() {
        return endpointDrains;
    }

    /** Tells without asking. */
    void tell(Message message) {
        bus.publish(message);
    }
}
