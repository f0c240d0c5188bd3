package dev.sluice.cluster;

import dev.sluice.observe.ClusterCounters;
import dev.sluice.observe.ClusterCounters.Ignored;
import dev.sluice.spi.Cluster.Answer;
import dev.sluice.spi.Cluster.Question;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What nodes ask each other, each over an address of its own on the event bus. */
final class Questions {

    private static final String ADDRESS = "sluice.node.";
    private static final int REFUSED = 1;

    private final String self;
    private final ClusterCounters counters;
    private final Map<String, Answerer> answerers = new ConcurrentHashMap<>();
    private volatile @Nullable Vertx vertx;

    private record Answerer(int newest, Function<Question, Future<JsonObject>> function, CallerContext caller) {}

    Questions(String self, ClusterCounters counters) {
        this.self = self;
        this.counters = counters;
    }

    void answer(String type, int newest, Function<Question, Future<JsonObject>> function) {
        answerers.put(type, new Answerer(newest, function, CallerContext.current()));
    }

    /** This node has joined, and asks and answers by this Vert.x until the next. Called on its event loop. */
    void joined(Vertx joined) {
        MessageConsumer<Object> unused = joined.eventBus().consumer(ADDRESS + self, this::received);
        vertx = joined;
    }

    /** It is alone again. */
    void parted() {
        vertx = null;
    }

    Future<JsonObject> ask(String node, String type, int version, JsonObject body, Duration deadline) {
        Envelope question = new Envelope(version, type, self, body);
        return CallerContext.current()
                .complete(node.equals(self) ? answerLocally(question, deadline) : send(node, question, deadline));
    }

    Future<List<Answer>> askAll(
            Collection<String> nodes, String type, int version, JsonObject body, Duration deadline) {
        List<Future<Answer>> answers = new ArrayList<>();
        for (String node : nodes) {
            answers.add(ask(node, type, version, body, deadline)
                    .map(answer -> new Answer(node, answer, null))
                    .otherwise(failure -> new Answer(node, null, String.valueOf(failure.getMessage()))));
        }
        return Future.join(answers).map(all -> all.<Answer>list());
    }

    private Future<JsonObject> send(String node, Envelope question, Duration deadline) {
        Vertx joined = vertx;
        if (joined == null) {
            return Future.failedFuture("node " + node + " cannot be asked: this one has not joined its cluster");
        }
        DeliveryOptions options = new DeliveryOptions().setSendTimeout(Math.max(1, deadline.toMillis()));
        return joined.eventBus()
                .<JsonObject>request(ADDRESS + node, question.toJson(), options)
                .map(Message::body);
    }

    private Future<JsonObject> answerLocally(Envelope question, Duration deadline) {
        Future<JsonObject> answer = answerTo(question);
        Vertx joined = vertx;
        return joined == null ? answer : answer.timeout(Math.max(1, deadline.toMillis()), TimeUnit.MILLISECONDS);
    }

    private void received(Message<Object> message) {
        Envelope question = Envelope.of(message.body());
        if (question == null) {
            counters.ignored(Ignored.MALFORMED);
            message.fail(REFUSED, "the question is malformed");
            return;
        }
        answerTo(question)
                .onComplete(message::reply, failure -> message.fail(REFUSED, String.valueOf(failure.getMessage())));
    }

    private Future<JsonObject> answerTo(Envelope question) {
        Answerer answerer = answerers.get(question.type());
        if (answerer == null) {
            counters.ignored(Ignored.UNKNOWN_TYPE);
            return Future.failedFuture(
                    "question " + question.type() + " (expected: one of " + answerers.keySet() + ")");
        } else if (question.version() > answerer.newest) {
            counters.ignored(Ignored.NEWER_VERSION);
            return Future.failedFuture("question " + question.type() + " version " + question.version()
                    + " (expected: at most " + answerer.newest + ")");
        }
        Promise<JsonObject> promise = Promise.promise();
        answerer.caller.run(() -> {
            try {
                answerer.function
                        .apply(new Question(question.node(), question.version(), question.body()))
                        .onComplete(promise::complete, promise::fail);
            } catch (RuntimeException e) {
                counters.ignored(Ignored.MALFORMED);
                promise.fail(e);
            }
        });
        return promise.future();
    }
}
