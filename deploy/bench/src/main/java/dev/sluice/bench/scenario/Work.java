package dev.sluice.bench.scenario;

import dev.sluice.bench.load.Call;
import dev.sluice.bench.load.LoadPlan;
import dev.sluice.bench.load.Protocol;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** What is done with a peer. */
public sealed interface Work {

    /** The column of its main figure, of which less is better. */
    String figure();

    /**
     * Load in rounds; the figure is CPU time per request. The parameters are those of {@link LoadPlan}.
     *
     * @param connections kept busy
     * @param streams requests in flight on each
     * @param calls sent in turn
     * @param perSecond a constant rate, 0 for as fast as answers come
     * @param newConnectionEach whether every request has a connection of its own
     */
    record Pressure(int connections, int streams, List<Call> calls, double perSecond, boolean newConnectionEach)
            implements Work {

        /** As a plan of the load generator. */
        public LoadPlan plan(Protocol protocol, InetSocketAddress target, Duration duration) {
            return new LoadPlan(protocol, target, connections, streams, calls, perSecond, newConnectionEach, duration);
        }

        @Override
        public String figure() {
            return "CPU µs/req";
        }
    }

    /**
     * Connections that do nothing after one request each; the figure is resident memory over their number.
     *
     * @param connections how many
     */
    record Idle(int connections) implements Work {
        @Override
        public String figure() {
            return "KiB/connection";
        }
    }

    /** From exec to the first proxied answer. */
    record Start() implements Work {
        @Override
        public String figure() {
            return "ms";
        }
    }
}
