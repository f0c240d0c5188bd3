package dev.sluice.epoch;

import dev.sluice.config.ConfigProblem;
import dev.sluice.observe.ClusterCounters;
import dev.sluice.spi.Cluster;
import dev.sluice.spi.DrainPermits;
import dev.sluice.spi.NodeFact;
import dev.sluice.spi.NodeFact.Traffic;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Nodes that reach each other at once and on one thread, under a clock that stands until it is moved. */
final class NodesInMemory {

    private final Map<String, Node> nodes = new HashMap<>();
    /** Questions of these types wait in {@link #held} until they are let go. */
    final Set<String> holding = new HashSet<>();

    final List<Runnable> held = new ArrayList<>();
    private long nanos;

    Node start(String id) {
        Node node = new Node(id);
        nodes.put(id, node);
        node.control.start();
        return node;
    }

    void pass(Duration time) {
        nanos += time.toNanos();
    }

    /** Lets go what was held, and holds nothing any more. */
    void release() {
        holding.clear();
        List<Runnable> waiting = List.copyOf(held);
        held.clear();
        waiting.forEach(Runnable::run);
    }

    /** Each node tells all others of itself, those that are cut off excepted. */
    void tell() {
        for (Node node : nodes.values()) {
            node.control.seen(nodes.values().stream()
                    .filter(other -> node.members().contains(other.id))
                    .map(Node::fact)
                    .toList());
        }
    }

    final class Node implements Cluster, NodeConfig {

        final String id;
        final EpochControl control;
        final Set<String> cutOff = new HashSet<>();
        /** Texts that this node refuses, and those that it cannot serve. */
        final Set<String> refused = new HashSet<>();

        final Set<String> failing = new HashSet<>();
        /** Every text that was activated here, {@code files} for none. */
        final List<String> activated = new ArrayList<>();

        long requests;
        long errors;

        @SuppressWarnings("NullAway.Init") // told in start()
        EpochStatus status;

        private final Map<String, Function<Question, Future<JsonObject>>> answerers = new HashMap<>();

        Node(String id) {
            this.id = id;
            control = new EpochControl(this, this, () -> nanos, told -> status = told);
        }

        void die() {
            var unused = nodes.remove(id);
        }

        Future<PushOutcome> push(@Nullable String text) {
            return push(text, Duration.ofSeconds(30));
        }

        Future<PushOutcome> push(@Nullable String text, Duration watch) {
            return control.propose(new Push(text, watch, false));
        }

        long epoch() {
            return status.epoch().number();
        }

        NodeFact fact() {
            Epoch epoch = status.epoch();
            return new NodeFact(
                    id,
                    "",
                    "",
                    "serving",
                    "1",
                    Instant.EPOCH,
                    "d-" + epoch.text(),
                    epoch.number(),
                    epoch.textDigest(),
                    new Traffic(0, 0, 0, 0, requests, errors));
        }

        @Override
        public Future<Trial> check(@Nullable String text) {
            return Future.succeededFuture(
                    text != null && refused.contains(text)
                            ? new Trial("", List.of(new ConfigProblem("pushed", 3, 5, "/spec", "bad")))
                            : new Trial("d-" + text, List.of()));
        }

        @Override
        public Future<List<String>> activate(@Nullable String text) {
            String shown = text == null ? "files" : text;
            if (refused.contains(shown)) {
                return Future.failedFuture("refused");
            }
            activated.add(shown);
            return Future.succeededFuture(
                    failing.contains(shown) ? List.of("cannot listen on *:80: address already in use") : List.of());
        }

        @Override
        public Future<JsonObject> ask(String to, String type, int version, JsonObject body, Duration deadline) {
            Promise<JsonObject> answer = Promise.promise();
            Runnable asking = () -> {
                Node other = nodes.get(to);
                if (other == null || !members().contains(to) || !nodes.containsKey(id)) {
                    answer.fail("no answer");
                } else {
                    JsonObject sent = new JsonObject(body.encode());
                    Function<Question, Future<JsonObject>> answerer = other.answerers.get(type);
                    if (answerer == null) {
                        answer.fail("question " + type);
                    } else {
                        answerer.apply(new Question(id, version, sent)).onComplete(answer::complete, answer::fail);
                    }
                }
            };
            if (holding.contains(type) && !to.equals(id)) {
                held.add(asking);
            } else {
                asking.run();
            }
            return answer.future();
        }

        @Override
        public Set<String> members() {
            Set<String> members = new LinkedHashSet<>();
            members.add(id);
            nodes.values().stream()
                    .filter(other -> !cutOff.contains(other.id) && !other.cutOff.contains(id))
                    .forEach(other -> members.add(other.id));
            return members;
        }

        @Override
        public void answer(String type, int newest, Function<Question, Future<JsonObject>> answerer) {
            answerers.put(type, answerer);
        }

        @Override
        public String self() {
            return id;
        }

        @Override
        public boolean isClustered() {
            return true;
        }

        @Override
        public boolean isDegraded() {
            return false;
        }

        @Override
        public String address() {
            return "";
        }

        @Override
        public void join() {}

        @Override
        public Future<?> leave() {
            return Future.succeededFuture();
        }

        @Override
        public void tell(String type, int version, JsonObject body) {}

        @Override
        public void hear(String type, int newest, FactListener listener) {}

        @Override
        public Future<List<Answer>> askAll(String type, int version, JsonObject question, Duration deadline) {
            throw new AssertionError("not used");
        }

        @Override
        public DrainPermits drainPermits() {
            return DrainPermits.NONE;
        }

        @Override
        public ClusterCounters counters() {
            return new ClusterCounters();
        }
    }
}
