package dev.sluice.proxy;

import dev.sluice.config.RetryTerms;
import dev.sluice.failure.Failure;
import dev.sluice.failure.ProtocolError;
import dev.sluice.failure.RetryReason;
import dev.sluice.loop.LoopTimer;
import dev.sluice.loop.Timeout;
import dev.sluice.observe.Metric;
import dev.sluice.proxy.RetryPolicy.Again;
import dev.sluice.proxy.RetryPolicy.Situation;
import dev.sluice.route.CompiledRule;
import dev.sluice.spi.Call;
import dev.sluice.upstream.ConnectionPool;
import dev.sluice.upstream.EndpointOutcome;
import dev.sluice.upstream.Upstream;
import dev.sluice.upstream.UpstreamEndpoint;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.UpstreamHead;
import dev.sluice.wire.UpstreamStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The tries of one request, one after the other until one is answered, or two beside each other when the first takes
 * long ({@code correctness.md} E7). The answer that is accepted is the only one that anybody hears of; the others leave
 * no trace but in the metrics.
 */
final class Tries implements UpstreamAttempt.Observer {

    /** What the exchange hears of its tries. */
    interface Observer {
        /** Write the request's head and body. */
        void streamOpened(UpstreamAttempt attempt, UpstreamStream stream);

        void responseInterim(int status, FieldLines fields);

        /** The answer, of the only try that is left. */
        void responseHead(UpstreamAttempt attempt, UpstreamStream stream, UpstreamHead head);

        /** The last try has failed, or the one whose answer was accepted. */
        void attemptFailed(UpstreamAttempt attempt, Failure failure, @Nullable Throwable cause);
    }

    private final Exchange exchange;
    private final Upstream upstream;
    private final CompiledRule rule;
    private final RetryTerms terms;
    private final Observer observer;
    private final ExchangePick pick;
    private @Nullable UpstreamAttempt current;
    /** A hedge: it was begun while {@link #current} had not been answered. */
    private @Nullable UpstreamAttempt beside;

    /** Until a retry may be sent, or a second try begins. */
    private @Nullable Timeout pause;

    /** What the client is told when a refusal is the end, though an earlier try may have been acted on; null for none. */
    private @Nullable Failure maybeActedOn;

    private int begun;
    private boolean transparent;
    private boolean charged;
    private boolean accepted;
    private boolean over;

    /** @param upstream a place in which the request has entered ({@link Upstream#enter}), and which is left at the end */
    Tries(Exchange exchange, Upstream upstream, CompiledRule rule, ExchangePick pick, Observer observer) {
        this.exchange = exchange;
        this.upstream = upstream;
        this.rule = rule;
        this.terms = rule.terms().retry();
        this.pick = pick;
        this.observer = observer;
    }

    /** Begins with this endpoint. */
    void start(UpstreamEndpoint endpoint) {
        if (terms.attempts() > 1) {
            exchange.body.keep(terms.bufferBytes());
            hedgeLater();
        }
        begin(endpoint, false);
    }

    /** The number of one that is under way, from 1. */
    int number(UpstreamAttempt attempt) {
        return attempt == current && beside != null ? begun - 1 : begun;
    }

    /** The {@code Set-Cookie} that binds the client to the endpoint that answers it; null for none. */
    @Nullable
    String stickyCookie(boolean secure) {
        UpstreamAttempt answered = current;
        return answered == null ? null : upstream.stickyCookie(pick, answered.endpoint(), secure);
    }

    /** The accepted answer has ended. */
    void finish(boolean requestSent) {
        UpstreamAttempt answered = current;
        if (answered != null && requestSent) {
            answered.finish();
        } else if (answered != null) {
            answered.abort(EndpointOutcome.UNKNOWN);
        }
        end();
    }

    /** Nobody waits for an answer any more, for a reason that says this of an endpoint that has not answered yet. */
    void abort(EndpointOutcome outcome) {
        UpstreamAttempt first = current;
        UpstreamAttempt second = beside;
        end();
        if (first != null) {
            first.abort(outcome);
        }
        if (second != null) {
            second.abort(outcome);
        }
    }

    private void begin(UpstreamEndpoint endpoint, boolean hedge) {
        begun++;
        exchange.journal.trying(endpoint.label());
        boolean tunnel = exchange.upgrade != null && exchange.upgrade.wanted();
        ConnectionPool tunnels = endpoint.tunnels();
        UpstreamAttempt attempt = new UpstreamAttempt(
                exchange.loop,
                endpoint,
                tunnel && tunnels != null ? tunnels : endpoint.pool(),
                exchange.filterView.forwardedMethod(),
                exchange.filterView.uri(),
                this);
        if (hedge) {
            beside = attempt;
        } else {
            current = attempt;
        }
        long perTry = terms.perTryTimeout().toMillis();
        long backend = rule.backendRequestTimeoutMillis();
        if (perTry > 0 && (backend == 0 || perTry < backend)) {
            attempt.startWithin(perTry, "perTryTimeout");
        } else if (backend > 0) {
            attempt.startWithin(backend, "timeouts.backendRequest");
        } else {
            attempt.start();
        }
    }

    // what becomes of them

    @Override
    public void streamOpened(UpstreamAttempt attempt, UpstreamStream stream) {
        if (beside != null && !exchange.body.replayable()) { // the other of two has it all
            attempt.abort(EndpointOutcome.UNKNOWN);
            drop(attempt);
            return;
        }
        observer.streamOpened(attempt, stream);
    }

    @Override
    public void responseInterim(UpstreamAttempt attempt, int status, FieldLines fields) {
        if (beside == null) { // of two, it is not known yet whose answer will follow
            observer.responseInterim(status, fields);
        }
    }

    @Override
    public void responseHead(UpstreamAttempt attempt, UpstreamStream stream, UpstreamHead head) {
        boolean tooEarly = head.status() == 425 && !exchange.request.headers().contains("early-data");
        boolean sent = exchange.body.sent();
        RetryReason reason = tooEarly ? RetryReason.TOO_EARLY : unwanted(head);
        if (over) {
            return; // the call has thrown
        }
        if (reason != null && replaces(attempt, head, reason)) {
            if (sent) {
                attempt.discard(stream);
            } else {
                attempt.abort(EndpointOutcome.UNKNOWN);
            }
            return;
        }
        accept(attempt);
        exchange.deadlines.backendRequest(attempt.startNanos(), rule.backendRequestTimeoutMillis());
        observer.responseHead(attempt, stream, head);
    }

    /** A CONNECT has reached its endpoint: the stream that opened is all the answer that there is. */
    void tunnelled(UpstreamAttempt attempt) {
        attempt.answersWithoutHead();
        accept(attempt);
    }

    private void accept(UpstreamAttempt attempt) {
        accepted = true;
        upstream.answering();
        stopPause();
        UpstreamAttempt loser = attempt == current ? beside : current;
        current = attempt;
        beside = null;
        exchange.journal.endpoint(attempt.endpoint().label());
        if (loser != null) {
            loser.abort(EndpointOutcome.UNKNOWN);
        }
        exchange.body.commit();
    }

    @Override
    public int statusOf(UpstreamHead head) {
        Call call = exchange.call();
        return call == null ? head.status() : call.statusOf(head.status(), head.fields()::get);
    }

    /** Why the policy would rather have another answer than this; null when it would not. */
    private @Nullable RetryReason unwanted(UpstreamHead head) {
        if (terms.names(head.status())) {
            return RetryReason.STATUS;
        }
        Call call = exchange.call();
        boolean named = call != null
                && !terms.grpcStatuses().isEmpty()
                && terms.grpcStatuses().contains(call.callStatus(head.status(), head.fields()::get));
        return named ? RetryReason.CALL_STATUS : null;
    }

    /** Whether another try takes the place of one whose answer is not wanted. */
    private boolean replaces(UpstreamAttempt attempt, UpstreamHead head, RetryReason reason) {
        if (beside != null) {
            drop(attempt);
            return true;
        }
        long asked = RetryAdvice.millis(head.fields(), exchange.loop.epochMillis());
        return again(attempt, reason, Failure.UPSTREAM_PROTOCOL, asked);
    }

    @Override
    public void attemptFailed(UpstreamAttempt attempt, Failure failure, @Nullable Throwable cause) {
        if (over || (attempt != current && attempt != beside)) {
            return; // the rest of an answer that was not wanted
        }
        if (accepted) {
            end();
            observer.attemptFailed(attempt, failure, cause);
            return;
        }
        if (beside != null) {
            drop(attempt);
            return;
        }
        ProtocolError reset = cause == null ? null : attempt.protocolError(cause);
        RetryReason reason = RetryReason.of(failure, attempt.opened(), attempt.answered(), reset);
        if (reason != null && again(attempt, reason, failure, 0)) {
            return;
        }
        Failure told = failure == Failure.UPSTREAM_REFUSED_STREAM && maybeActedOn != null ? maybeActedOn : failure;
        end();
        observer.attemptFailed(attempt, told, cause);
    }

    /** The other of two goes on alone. */
    private void drop(UpstreamAttempt attempt) {
        if (attempt == current) {
            current = beside;
        }
        beside = null;
        pick.avoid(attempt.endpoint());
    }

    /** Whether another try follows; it may have begun, and even failed, when this returns. */
    private boolean again(UpstreamAttempt failed, RetryReason reason, Failure failure, long askedMillis) {
        Again plan = barred(reason)
                ? null
                : RetryPolicy.decide(
                        terms,
                        new Situation(
                                reason,
                                failure,
                                begun,
                                RetryPolicy.idempotent(exchange.incoming.method(), exchange.request.headers()),
                                exchange.body.replayable(),
                                failed.reused(),
                                transparent,
                                askedMillis,
                                exchange.deadlines.requestRemainingMillis()));
        if (plan == null) {
            return false;
        }
        pick.avoid(failed.endpoint());
        UpstreamEndpoint next = upstream.pick(pick);
        if (next == null || (plan.elsewhere() && pick.tried(next))) {
            return false;
        }
        boolean atOnce = plan.transparent()
                || reason == RetryReason.UNSENT
                || (reason == RetryReason.CONNECT && !pick.tried(next));
        double draw = exchange.loop.random().nextDouble();
        // The loop's timer may be a tick early, and who asks to wait means at least so long.
        long asked = plan.askedMillis() == 0 ? 0 : plan.askedMillis() + LoopTimer.TICK_MILLIS;
        long wait = Math.max(asked, atOnce ? 0 : RetryPolicy.backoffMillis(terms, begun, draw));
        if (exchange.deadlines.requestRemainingMillis() <= wait) {
            return false;
        }
        giveBack();
        if (!plan.transparent() && !reason.neverSent()) {
            charged = upstream.retries().take(upstream.terms().breaker(), upstream.underWay());
            if (!charged) {
                return false;
            }
        }
        transparent |= plan.transparent();
        if (!reason.anyMethod() && reason != RetryReason.STATUS) {
            maybeActedOn = failure;
        }
        exchange.loop.histograms().retried(reason);
        stopPause();
        current = null;
        exchange.body.detach();
        if (wait == 0) {
            begin(next, false);
        } else {
            exchange.deadlines.headReceived(); // nobody owes one until the next try is sent
            pause(wait, () -> begin(stillFit(next, plan.elsewhere()), false));
        }
        return true;
    }

    /** The endpoint for a try that has waited: the one that was chosen may have left, or have failed others, meanwhile. */
    private UpstreamEndpoint stillFit(UpstreamEndpoint chosen, boolean elsewhere) {
        UpstreamEndpoint fresh = upstream.pick(pick);
        return fresh == null || (elsewhere && pick.tried(fresh)) ? chosen : fresh;
    }

    /** What no policy may allow. */
    private boolean barred(RetryReason reason) {
        boolean upgrade = exchange.upgrade != null && exchange.upgrade.wanted();
        return (upgrade && !reason.neverSent())
                || exchange.interim.hinted()
                || RetryPolicy.isRetry(exchange.request.headers());
    }

    private void hedgeLater() {
        Duration delay = terms.hedgeDelay();
        if (delay != null) {
            pause(delay.toMillis(), this::hedge);
        }
    }

    /** Begins a second try beside one that takes long, if there is another endpoint for it. */
    private void hedge() {
        UpstreamAttempt slow = current;
        if (slow == null
                || begun >= terms.attempts()
                || barred(RetryReason.TIMEOUT)
                || !RetryPolicy.idempotent(exchange.incoming.method(), exchange.request.headers())
                || !exchange.body.replayable()) {
            return;
        }
        if (!exchange.body.ended() && !exchange.body.bodyless()) {
            hedgeLater(); // it takes long for want of the client's body
            return;
        }
        pick.avoid(slow.endpoint());
        UpstreamEndpoint next = upstream.pick(pick);
        if (next != null
                && !pick.tried(next)
                && upstream.retries().take(upstream.terms().breaker(), upstream.underWay())) {
            charged = true;
            exchange.loop.counters().increment(Metric.UPSTREAM_HEDGES);
            begin(next, true);
        }
    }

    private void pause(long millis, Runnable then) {
        Timeout armed = new Timeout() {
            @Override
            protected void expired() {
                pause = null;
                then.run();
            }
        };
        pause = armed;
        exchange.loop.timer().arm(armed, millis);
    }

    private void stopPause() {
        if (pause != null) {
            exchange.loop.timer().cancel(pause);
            pause = null;
        }
    }

    private void giveBack() {
        if (charged) {
            charged = false;
            upstream.retries().giveBack();
        }
    }

    private void end() {
        if (!over) {
            over = true;
            stopPause();
            giveBack();
            exchange.body.commit();
            upstream.leave(accepted);
        }
    }
}
