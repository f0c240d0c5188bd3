package dev.sluice.cluster;

import dev.sluice.cluster.limit.SharedBuckets;
import dev.sluice.config.ClusterSettings;
import dev.sluice.config.Defaults;
import dev.sluice.observe.ClusterCounters;
import dev.sluice.spi.Cluster;
import dev.sluice.spi.DrainPermits;
import dev.sluice.spi.NodeId;
import dev.sluice.spi.RateLimitLeases;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This gateway as a node of its cluster. It joins on a thread of its own, again and again where that fails, and is alone
 * until it has: whatever is asked of it before is answered as by a cluster of one that knows that it is less.
 */
public final class ClusterNode implements Cluster {

    private static final Logger log = LoggerFactory.getLogger(ClusterNode.class);

    private final ClusterSettings settings;
    private final String self = NodeId.next();
    private final ClusterCounters counters = new ClusterCounters();
    private final ExpectedNodes expected;
    private final Facts facts = new Facts(self, counters, this::members);
    private final Questions questions = new Questions(self, counters);
    private final DrainSlots drainSlots;
    private final SharedBuckets buckets;

    /** Joins, leaves and asks DNS, all of which may block. */
    private final ScheduledThreadPoolExecutor thread;

    private volatile @Nullable ClusterMember member;
    private final AtomicBoolean leaving = new AtomicBoolean();
    private final Promise<Void> left = Promise.promise();
    private final AtomicInteger failedJoins = new AtomicInteger();
    private @Nullable ClusterKeys keys;

    /** Of a cluster that is configured; {@link #join} begins it. */
    public ClusterNode(ClusterSettings settings) {
        this.settings = settings;
        expected = new ExpectedNodes(settings);
        drainSlots = new DrainSlots(self, settings.maxDraining(), () -> member);
        buckets = new SharedBuckets(() -> member, counters, expected::get);
        thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread created = new Thread(task, "sluice-cluster");
            created.setDaemon(true);
            return created;
        });
        counters.set(1, true);
    }

    @Override
    public String self() {
        return self;
    }

    @Override
    public boolean isClustered() {
        return true;
    }

    @Override
    public boolean isDegraded() {
        return counters.isDegraded();
    }

    @Override
    public Set<String> members() {
        ClusterMember joined = member;
        return joined == null ? Set.of(self) : joined.nodes();
    }

    @Override
    public String address() {
        ClusterMember joined = member;
        return joined == null ? "" : joined.address();
    }

    @Override
    public DrainPermits drainPermits() {
        return drainSlots;
    }

    @Override
    public RateLimitLeases rateLimitLeases() {
        return buckets;
    }

    @Override
    public ClusterCounters counters() {
        return counters;
    }

    @Override
    public void tell(String type, int version, JsonObject body) {
        facts.tell(type, version, body);
    }

    @Override
    public void hear(String type, int newest, FactListener listener) {
        facts.hear(type, newest, listener);
    }

    @Override
    public void answer(String type, int newest, Function<Question, Future<JsonObject>> answerer) {
        questions.answer(type, newest, answerer);
    }

    @Override
    public Future<JsonObject> ask(String node, String type, int version, JsonObject question, Duration deadline) {
        return questions.ask(node, type, version, question, deadline);
    }

    @Override
    public Future<List<Answer>> askAll(String type, int version, JsonObject question, Duration deadline) {
        return questions.askAll(members(), type, version, question, deadline);
    }

    @Override
    public void join() {
        thread.execute(this::tryJoin);
    }

    @Override
    public Future<?> leave() {
        if (leaving.compareAndSet(false, true)) {
            thread.execute(this::sayFarewell);
        }
        return CallerContext.current().complete(left.future());
    }

    private void tryJoin() {
        if (leaving.get()) {
            return;
        }
        try {
            BindAddress bind = BindAddress.of(settings);
            expected.refresh(bind.advertised());
            ClusterMember joined = ClusterMember.join(settings, bind, keys(), self, counters);
            // Nothing is known of this cluster until the first look; what was of another says nothing.
            counters.set(1, true);
            member = joined;
            joined.vertx().runOnContext(v -> {
                questions.joined(joined.vertx());
                facts.joined(joined.vertx());
                long unused = joined.vertx().setPeriodic(0, Defaults.CLUSTER_FACT_INTERVAL.toMillis(), id -> look());
            });
            refreshExpected(joined, bind);
            joined.onShutdown(() -> lost(joined));
            log.info(
                    "event=cluster_joined name={} node={} address={} members={}",
                    settings.name(),
                    self,
                    joined.address(),
                    joined.nodes().size());
        } catch (IOException | RuntimeException e) {
            log.warn(
                    "event=cluster_join_failed retry_s={} reason=\"{}\"",
                    Defaults.CLUSTER_JOIN_RETRY.toSeconds(),
                    e.getMessage());
            failedJoins.incrementAndGet();
            retryJoin();
        }
    }

    private void refreshExpected(ClusterMember joined, BindAddress bind) {
        if (joined == member) {
            expected.refresh(bind.advertised());
            var unused = thread.schedule(
                    () -> refreshExpected(joined, bind),
                    Defaults.CLUSTER_EXPECTED_REFRESH.toMillis(),
                    TimeUnit.MILLISECONDS);
        }
    }

    private ClusterKeys keys() {
        ClusterKeys made = keys;
        if (made == null) {
            made = ClusterKeys.of(settings);
            keys = made;
        }
        return made;
    }

    private void retryJoin() {
        var unused = thread.schedule(this::tryJoin, Defaults.CLUSTER_JOIN_RETRY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Hazelcast has ended by itself; on a thread of its own. */
    private void lost(ClusterMember joined) {
        if (leaving.get()) {
            return;
        }
        thread.execute(() -> {
            log.warn("event=cluster_lost node={}", self);
            parted();
            counters.set(1, true);
            joined.terminate();
            retryJoin();
        });
    }

    /** From now on this node is alone. */
    private void parted() {
        member = null;
        facts.parted();
        questions.parted();
    }

    /** Counts who is in sight. A node that leaves is alone by its own will: nothing to warn of. */
    void look() {
        if (leaving.get()) {
            return;
        }
        int members = members().size();
        boolean isDegraded = expected.isTooFew(members);
        if (isDegraded != counters.isDegraded()) {
            log.warn("event=cluster degraded={} members={} expected={}", isDegraded, members, expected.get());
        }
        counters.set(members, isDegraded);
    }

    /** Answers for a moment more: whoever watches it leave shall know that it does. */
    private void sayFarewell() {
        ClusterMember joined = member;
        boolean hasOthers = joined != null && joined.nodes().size() > 1;
        var unused = thread.schedule(
                () -> partInOrder(hasOthers),
                hasOthers ? Defaults.CLUSTER_FAREWELL.toMillis() : 0,
                TimeUnit.MILLISECONDS);
    }

    private void partInOrder(boolean hadOthers) {
        ClusterMember joined = member;
        parted();
        if (joined != null) {
            joined.leave();
            log.info("event=cluster_left node={}", self);
        }
        var unused = thread.schedule(
                () -> {
                    left.tryComplete();
                    thread.shutdown();
                },
                hadOthers ? Defaults.CLUSTER_LINGER.toMillis() : 0,
                TimeUnit.MILLISECONDS);
    }

    /** The event bus's port; 0 while it has none. */
    int busPort() {
        ClusterMember joined = member;
        return joined == null ? 0 : joined.busPort();
    }

    /** How often it has tried to join and failed. */
    int failedJoins() {
        return failedJoins.get();
    }

    /** Ends as a process that is killed: others are not told. */
    void kill() {
        leaving.set(true);
        left.tryComplete();
        thread.shutdownNow();
        ClusterMember joined = member;
        if (joined != null) {
            joined.terminate();
        }
    }
}
