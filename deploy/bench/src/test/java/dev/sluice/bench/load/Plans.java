package dev.sluice.bench.load;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** Short plans with everything a test does not care about filled in. */
final class Plans {

    static final Call SMALL = new Call("GET", "/bytes/128", "localhost", 0, 0);
    static final Call GRPC = new Call("POST", "/service/method", "localhost", 64, 133);
    static final Duration SHORT = Duration.ofMillis(150);

    private Plans() {}

    /** @return a plan that sends as fast as it gets answers, on two connections */
    static LoadPlan busy(Protocol protocol, InetSocketAddress target, Call... calls) {
        int streams = protocol == Protocol.HTTP1 || protocol == Protocol.HTTP1_TLS ? 1 : 3;
        return new LoadPlan(protocol, target, 2, streams, List.of(calls), 0, false, SHORT);
    }

    /** @return a plan with a connection for every request, two at a time */
    static LoadPlan newConnectionEach(Protocol protocol, InetSocketAddress target) {
        return new LoadPlan(protocol, target, 2, 1, List.of(SMALL), 0, true, SHORT);
    }

    /** @return a plan with a constant rate for a second, on two connections */
    static LoadPlan constantRate(InetSocketAddress target, double perSecond) {
        return new LoadPlan(Protocol.HTTP1, target, 2, 1, List.of(SMALL), perSecond, false, Duration.ofSeconds(1));
    }
}
