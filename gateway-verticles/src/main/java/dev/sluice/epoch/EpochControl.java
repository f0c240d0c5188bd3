package dev.sluice.epoch;

import dev.sluice.config.Defaults;
import dev.sluice.spi.Cluster;
import dev.sluice.spi.Cluster.Question;
import dev.sluice.spi.NodeFact;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's part in what all nodes agree upon: proposes what is pushed to it, prepares and activates what others
 * propose, takes over what it has missed, and watches what was activated. Used on one event loop alone.
 */
public final class EpochControl {

    private static final Logger log = LoggerFactory.getLogger(EpochControl.class);

    private static final String CURRENT = "config.current";

    private final Cluster cluster;
    private final NodeConfig node;
    private final LongSupplier nanos;
    private final Consumer<EpochStatus> listener;
    private final ErrorWatch watch = new ErrorWatch();
    private Epoch current = Epoch.START;
    /** What a rollback of the current one brings back; null where this node did not have that. */
    private @Nullable Epoch before;

    private List<String> errors = List.of();
    private String behind = "";
    private @Nullable Claim claim;
    private @Nullable Adoption adoption;
    private long highest;
    private long proposals;
    private boolean isAsking;
    private @Nullable Long askAgain;

    /** Who may activate the next epoch here, and until when he has to. */
    private record Claim(String id, String proposer, long number, long expiry) {}

    private record Adoption(Epoch epoch, Future<List<String>> done) {}

    /**
     * Of a node that uses its files.
     *
     * @param nanos a monotonic clock
     * @param listener hears of every change
     */
    public EpochControl(Cluster cluster, NodeConfig node, LongSupplier nanos, Consumer<EpochStatus> listener) {
        this.cluster = cluster;
        this.node = node;
        this.nanos = nanos;
        this.listener = listener;
    }

    /** Takes part from now on; call on the event loop that this is used on. */
    public void start() {
        cluster.answer(Proposal.PREPARE, Proposal.VERSION, this::prepare);
        cluster.answer(Proposal.RELEASE, Proposal.VERSION, this::release);
        cluster.answer(Proposal.ACTIVATE, Proposal.VERSION, question -> adopt(Epoch.of(question.body()))
                .map(failing -> NodeVerdict.activated(cluster.self(), failing).toJson()));
        cluster.answer(CURRENT, Proposal.VERSION, question -> Future.succeededFuture(current.toJson()));
        tell();
    }

    /** Offers a configuration to all nodes in sight; never fails. */
    public Future<PushOutcome> propose(Push push) {
        Epoch next = new Epoch(
                Math.max(highest, newest().number()) + 1,
                push.text() == null ? Epoch.Origin.WITHDRAWAL : Epoch.Origin.PUSH,
                push.text(),
                Epoch.digest(push.text()),
                cluster.self(),
                Instant.now(),
                push.watch(),
                current.number(),
                "");
        String id = cluster.self() + "/" + ++proposals;
        return new Proposal(cluster, id, next, current, push.dryRun())
                .run()
                .onSuccess(outcome -> log.info(
                        "event=config_push result={} epoch={} dry_run={} nodes={} reason=\"{}\"",
                        outcome.result().label(),
                        outcome.epoch(),
                        push.dryRun(),
                        outcome.nodes().size(),
                        outcome.reason()));
    }

    /** All nodes in sight have told of themselves, this one among them; call each second. */
    public void seen(List<NodeFact> nodes) {
        long now = nanos.getAsLong();
        watch.seen(nodes, now);
        judge(now);
        NodeFact ahead = null;
        for (NodeFact other : nodes) {
            highest = Math.max(highest, other.configEpoch());
            boolean isAhead = Epoch.isNewer(other.configEpoch(), other.configText(), newest())
                    && !other.id().equals(cluster.self());
            if (isAhead && (ahead == null || other.configEpoch() > ahead.configEpoch())) {
                ahead = other;
            }
        }
        if (ahead != null && !isAsking && (askAgain == null || now - askAgain >= 0)) {
            catchUp(ahead.id());
        }
    }

    // --- taking part ---

    private Future<JsonObject> prepare(Question question) {
        JsonObject body = question.body();
        String id = body.getString("id");
        long number = body.getLong("number");
        boolean dryRun = body.getBoolean("dryRun");
        if (!dryRun) {
            Claim held = claim();
            if (number <= newest().number()) {
                return conflict("epoch " + newest().number() + " is in use, from node " + newest().proposer()
                        + " (offered: epoch " + number + ")");
            } else if (held != null && !held.id.equals(id)) {
                return conflict("epoch " + held.number + " is being prepared by node " + held.proposer);
            }
            claim = new Claim(id, question.node(), number, nanos.getAsLong() + Defaults.PUSH_CLAIM.toNanos());
        }
        return node.check(body.getString("text")).map(trial -> {
            if (!trial.problems().isEmpty()) {
                drop(id);
            }
            return NodeVerdict.of(cluster.self(), trial).toJson();
        });
    }

    private Future<JsonObject> conflict(String reason) {
        return Future.succeededFuture(
                NodeVerdict.conflict(cluster.self(), reason).toJson());
    }

    private Future<JsonObject> release(Question question) {
        drop(question.body().getString("id"));
        return Future.succeededFuture(new JsonObject());
    }

    private void drop(String id) {
        if (claim != null && claim.id.equals(id)) {
            claim = null;
        }
    }

    /** Null when nobody has one, or whoever had it is gone. */
    private @Nullable Claim claim() {
        Claim held = claim;
        boolean isVoid = held != null
                && (nanos.getAsLong() - held.expiry >= 0 || !cluster.members().contains(held.proposer));
        return isVoid ? null : held;
    }

    // --- using ---

    /** What is in use, or about to be. */
    private Epoch newest() {
        return adoption == null ? current : adoption.epoch;
    }

    private Future<List<String>> adopt(Epoch next) {
        Adoption running = adoption;
        if (running != null && next.isSame(running.epoch)) {
            return running.done;
        } else if (running == null && next.isSame(current)) {
            return Future.succeededFuture(errors);
        } else if (!next.isNewerThan(newest())) {
            return Future.failedFuture("epoch " + next.number() + " of node " + next.proposer()
                    + " (expected: one that wins over epoch " + newest().number() + " of node "
                    + newest().proposer() + ")");
        }
        Adoption begun = new Adoption(next, node.activate(next.text()));
        adoption = begun;
        return begun.done.onComplete((failing, failure) -> adopted(begun, failing, failure));
    }

    @SuppressWarnings("ReferenceEquality") // of two for the same epoch the later one counts
    private void adopted(Adoption begun, List<String> failing, @Nullable Throwable failure) {
        if (adoption == begun) {
            adoption = null;
        }
        Epoch next = begun.epoch;
        if (failure != null) {
            behind = "epoch " + next.number() + ": " + failure.getMessage();
            log.error("event=epoch_failed epoch={} reason=\"{}\"", next.number(), failure.getMessage());
            tell();
            return;
        }
        before = current.number() == next.replaces() ? current : null;
        current = next;
        errors = failing;
        behind = "";
        if (claim != null && claim.number <= next.number()) {
            claim = null;
        }
        watch.stop();
        if (before != null && !next.watch().isZero()) {
            watch.begin(nanos.getAsLong(), next.watch());
        }
        log.info(
                "event=epoch_activated epoch={} origin={} proposer={} errors={} reason=\"{}\"",
                next.number(),
                next.origin().label(),
                next.proposer(),
                failing,
                next.reason());
        tell();
    }

    /** Another node has what this one has missed: it has just joined, or its proposer died in between. */
    private void catchUp(String other) {
        isAsking = true;
        askAgain = nanos.getAsLong() + Defaults.PUSH_CATCH_UP_RETRY.toNanos();
        cluster.ask(other, CURRENT, Proposal.VERSION, new JsonObject(), Defaults.PUSH_ACTIVATE_TIMEOUT)
                .compose(answer -> adopt(Epoch.of(answer)))
                .onComplete((failing, failure) -> {
                    isAsking = false;
                    if (failure == null) {
                        askAgain = null;
                    } else {
                        log.warn("event=epoch_missed node={} reason=\"{}\"", other, failure.getMessage());
                    }
                });
    }

    // --- watching ---

    private void judge(long now) {
        if (!watch.isRunning()) {
            return;
        }
        if (watch.hasJumped() && isResponsible()) {
            rollBack(now);
        } else if (watch.isOver(now)) {
            watch.stop();
            log.info("event=epoch_kept epoch={}", current.number());
        }
        tell();
    }

    /** The proposer, and when it is gone the lowest of those that are there. */
    private boolean isResponsible() {
        List<String> members = cluster.members().stream().sorted().toList();
        String responsible = members.contains(current.proposer()) ? current.proposer() : members.get(0);
        return responsible.equals(cluster.self());
    }

    private void rollBack(long now) {
        EpochStatus.Watched seen = watch.watched(now);
        Epoch back = before;
        if (seen == null || back == null) {
            return;
        }
        watch.stop();
        String reason = String.format(
                Locale.ROOT,
                "error rate: %d of %d requests failed since epoch %d is in use, %.1f %% before",
                seen.errors(),
                seen.requests(),
                current.number(),
                100 * seen.shareBefore());
        log.warn("event=epoch_rolled_back epoch={} reason=\"{}\"", current.number(), reason);
        List<String> nodes = List.copyOf(cluster.members());
        Proposal.activate(cluster, nodes, current.rollback(back, cluster.self(), reason))
                .onSuccess(verdicts -> verdicts.stream()
                        .filter(verdict -> verdict.answer() == NodeVerdict.Answer.FAILED)
                        .forEach(verdict -> log.warn(
                                "event=epoch_rollback_missed node={} reason=\"{}\"",
                                verdict.node(),
                                verdict.reason())));
    }

    private void tell() {
        listener.accept(new EpochStatus(current, errors, behind, watch.watched(nanos.getAsLong())));
    }
}
