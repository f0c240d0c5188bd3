package dev.sluice.spi;

import dev.sluice.observe.ClusterCounters;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** A cluster of one: nobody hears what is told, and questions come from this node alone. */
public final class SoloCluster implements Cluster {

    private final String self = NodeId.next();
    private final ClusterCounters counters = new ClusterCounters();
    private final Map<String, Function<Question, Future<JsonObject>>> answerers = new ConcurrentHashMap<>();

    @Override
    public String self() {
        return self;
    }

    @Override
    public boolean isClustered() {
        return false;
    }

    @Override
    public boolean isDegraded() {
        return false;
    }

    @Override
    public Set<String> members() {
        return Set.of(self);
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
    public void answer(String type, int newest, Function<Question, Future<JsonObject>> answerer) {
        answerers.put(type, answerer);
    }

    @Override
    public Future<JsonObject> ask(String node, String type, int version, JsonObject question, Duration deadline) {
        Function<Question, Future<JsonObject>> answerer = answerers.get(type);
        if (!node.equals(self)) {
            return Future.failedFuture("node " + node + " (expected: " + self + ", the only one)");
        }
        return answerer == null
                ? Future.failedFuture("question " + type + " (expected: one of " + answerers.keySet() + ")")
                : answerer.apply(new Question(self, version, question));
    }

    @Override
    public Future<List<Answer>> askAll(String type, int version, JsonObject question, Duration deadline) {
        return ask(self, type, version, question, deadline)
                .map(body -> List.of(new Answer(self, body, null)))
                .recover(failure ->
                        Future.succeededFuture(List.of(new Answer(self, null, String.valueOf(failure.getMessage())))));
    }

    @Override
    public DrainPermits drainPermits() {
        return DrainPermits.NONE;
    }

    @Override
    public ClusterCounters counters() {
        return counters;
    }
}
