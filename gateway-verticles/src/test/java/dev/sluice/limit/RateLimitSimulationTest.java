package dev.sluice.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.RateLimitTerms.OnClusterLoss;
import dev.sluice.config.RateLimitTerms.Quota;
import dev.sluice.filter.RateLimits.Rule;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RateLimitSimulationTest {

    private static final Quota THOUSAND = new Quota(1000, Duration.ofSeconds(1), 200);

    private static Rule rule(Quota quota, boolean clustered) {
        return new Rule("r?" + quota, "default/api", quota, clustered, OnClusterLoss.LOCAL_SHARE);
    }

    /** Requests at a constant pace, at random loops of a node. */
    private static void offer(Simulation simulation, int node, int perSecond, Rule rule, SplittableRandom random) {
        int loops = simulation.loops.get(node).size();
        simulation.at(simulation.micros() + 1_000_000 / perSecond, () -> {
            simulation.request(node, random.nextInt(loops), rule, "");
            offer(simulation, node, perSecond, rule, random);
        });
    }

    @ParameterizedTest
    @CsvSource({"2400, 450, 150", "1000, 1000, 1000", "2998, 1, 1"})
    void threeNodesReachTheLimitTogether(int first, int second, int third) {
        Simulation simulation = new Simulation(3, 2, 1000);
        Rule rule = rule(THOUSAND, true);
        SplittableRandom random = new SplittableRandom(1);
        offer(simulation, 0, first, rule, random);
        offer(simulation, 1, second, rule, random);
        offer(simulation, 2, third, rule, random);
        simulation.run(Duration.ofSeconds(30));
        assertEquals(30_000, simulation.admitted.size(), 600);
        assertEquals(90_000, simulation.admitted.size() + simulation.refused.size(), 200);
        assertTrue(simulation.asks < 9_000, simulation.asks + " asks"); // a tenth of the requests
    }

    @Test
    void oneNodesLoopsReachTheLimitTogether() {
        Simulation simulation = new Simulation(1, 4, 0);
        offer(simulation, 0, 3000, rule(THOUSAND, false), new SplittableRandom(1));
        simulation.run(Duration.ofSeconds(30));
        assertEquals(30_000, simulation.admitted.size(), 600);
        assertEquals(0, simulation.asks);
    }

    @Test
    void whatIsBelowTheLimitPasses() {
        Simulation simulation = new Simulation(3, 2, 1000);
        Rule rule = rule(THOUSAND, true);
        SplittableRandom random = new SplittableRandom(1);
        offer(simulation, 0, 700, rule, random);
        offer(simulation, 1, 150, rule, random);
        offer(simulation, 2, 50, rule, random);
        simulation.run(Duration.ofSeconds(10));
        assertEquals(List.of(), simulation.refused);
        assertTrue(simulation.asks < 1_500, simulation.asks + " asks");
    }

    /** The bound that the documents publish: a bucket that is larger by what may lie in leases is never overdrawn. */
    @ParameterizedTest
    @CsvSource({"1, 1", "1, 4", "2, 1", "3, 2", "5, 4"})
    void neverMoreThanTheBucketAndWhatIsLeased(int nodes, int loops) {
        for (int seed = 0; seed < 20; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Quota quota = new Quota(
                    1 + random.nextInt(2000), Duration.ofSeconds(1 + random.nextInt(5)), 1 + random.nextInt(2000));
            Simulation simulation = new Simulation(nodes, loops, 100 + random.nextInt(30_000));
            Rule rule = rule(quota, nodes > 1);
            for (int phase = 0; phase < 8; phase++) {
                burst(simulation, nodes, loops, rule, random);
                simulation.run(Duration.ofMillis(random.nextInt(3000)));
            }
            long leased = nodes == 1
                    ? loops * Math.max(1, quota.burst() / 2 / loops)
                    : (long) nodes * Math.max(1, quota.burst() / 4 / nodes)
                            + (long) nodes * loops * Math.max(1, quota.burst() / 4 / nodes / loops);
            assertWithin(quota, leased, simulation.admitted);
        }
    }

    private static void burst(Simulation simulation, int nodes, int loops, Rule rule, SplittableRandom random) {
        int node = random.nextInt(nodes);
        int pace = 1 + random.nextInt(2000); // microseconds between two
        int everywhere = random.nextInt(2);
        IntStream.range(0, random.nextInt(3000))
                .forEach(i -> simulation.at(
                        simulation.micros() + (long) i * pace,
                        () -> simulation.request(
                                everywhere == 1 ? random.nextInt(nodes) : node, random.nextInt(loops), rule, "")));
    }

    private static void assertWithin(Quota quota, long leased, List<Long> admitted) {
        double size = (double) (quota.burst() + leased);
        double level = size;
        long last = 0;
        for (long at : admitted) {
            level = Math.min(size, level + (double) (at - last) * quota.requests() / quota.perMicros());
            last = at;
            level--;
            assertTrue(
                    level > -1e-6,
                    quota + " is exceeded by " + (leased - level) + ", and " + leased + " may be leased");
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "3, 2"})
    void smallLimitsAreExact(int nodes, int loops) {
        Simulation simulation = new Simulation(nodes, loops, 1000);
        Rule rule = rule(new Quota(5, Duration.ofMinutes(1), 5), nodes > 1);
        for (int i = 0; i < 12; i++) {
            simulation.request(i % nodes, i / nodes % loops, rule, "");
            simulation.run(Duration.ofMillis(100));
        }
        assertEquals(5, simulation.admitted.size());
        assertEquals(7, simulation.refused.size());
        simulation.run(Duration.ofSeconds(11)); // one comes back each 12 seconds
        simulation.request(0, 0, rule, "");
        simulation.run(Duration.ofMillis(100));
        simulation.request(0, loops - 1, rule, "");
        simulation.run(Duration.ofMillis(100));
        assertEquals(6, simulation.admitted.size());
    }

    @Test
    void keysHaveBucketsOfTheirOwn() {
        Simulation simulation = new Simulation(3, 2, 1000);
        Rule rule = rule(new Quota(1, Duration.ofMinutes(1), 1), true);
        for (int i = 0; i < 10; i++) {
            simulation.request(i % 3, 0, rule, "key" + i % 5);
            simulation.run(Duration.ofMillis(10));
        }
        assertEquals(5, simulation.admitted.size());
        assertEquals(5, simulation.refused.size());
    }

    @Test
    void whatANodeDoesNotUseGoesBack() {
        Simulation simulation = new Simulation(2, 1, 1000);
        Rule rule = rule(new Quota(40, Duration.ofHours(1), 40), true);
        simulation.request(0, 0, rule, "");
        simulation.run(Duration.ofSeconds(3)); // the rest of its lease goes back
        for (int i = 0; i < 50; i++) {
            simulation.request(1, 0, rule, "");
            simulation.run(Duration.ofMillis(10));
        }
        assertEquals(40, simulation.admitted.size());
    }

    @ParameterizedTest
    @EnumSource(OnClusterLoss.class)
    void withoutTheClusterThePolicyDecides(OnClusterLoss policy) {
        Simulation simulation = new Simulation(4, 1, 1000);
        Rule rule = new Rule("r", "default/api", new Quota(400, Duration.ofSeconds(1), 40), true, policy);
        simulation.isHealthy = false;
        offer(simulation, 0, 1000, rule, new SplittableRandom(1));
        simulation.run(Duration.ofSeconds(10));
        switch (policy) {
            case LOCAL_SHARE -> assertEquals(1000, simulation.admitted.size(), 20);
            case OPEN -> assertEquals(0, simulation.refused.size());
            case CLOSED -> assertEquals(0, simulation.admitted.size());
        }
        assertEquals(1, shown(simulation, "gateway_rate_limit_degraded"));
        simulation.isHealthy = true;
        simulation.run(Duration.ofSeconds(2));
        int before = simulation.admitted.size();
        simulation.run(Duration.ofSeconds(10));
        assertEquals(4000, simulation.admitted.size() - before, 80);
        assertEquals(0, shown(simulation, "gateway_rate_limit_degraded"));
    }

    /** Of an owner that hangs, a request notices no more than the time in which it should have answered. */
    @Test
    void anOwnerThatDoesNotAnswerIsNotWaitedFor() {
        Simulation simulation = new Simulation(2, 1, 1000);
        Rule rule = rule(new Quota(10, Duration.ofSeconds(1), 10), true);
        simulation.answers = false;
        simulation.request(0, 0, rule, "");
        simulation.run(Duration.ofMillis(249));
        assertEquals(0, simulation.admitted.size());
        simulation.run(Duration.ofMillis(2));
        assertEquals(1, simulation.admitted.size());
        simulation.request(0, 0, rule, "");
        simulation.run(Duration.ofMillis(1));
        assertEquals(2, simulation.admitted.size());
    }

    @Test
    void refusalsAreCounted() {
        Simulation simulation = new Simulation(1, 2, 0);
        Rule rule = rule(THOUSAND, false);
        simulation.loops.get(0).get(0).limited(rule);
        simulation.loops.get(0).get(1).limited(rule);
        simulation.loops.get(0).get(1).limited(rule);
        simulation.run(Duration.ofSeconds(1));
        assertEquals(3, shown(simulation, "gateway_rate_limited"));
    }

    private static double shown(Simulation simulation, String metric) {
        return simulation.counters.get(0).collect().stream()
                .filter(snapshot -> snapshot.getMetadata().getName().equals(metric))
                .flatMap(snapshot -> snapshot.getDataPoints().stream())
                .mapToDouble(point -> point instanceof CounterDataPointSnapshot counter
                        ? counter.getValue()
                        : ((GaugeDataPointSnapshot) point).getValue())
                .sum();
    }
}
