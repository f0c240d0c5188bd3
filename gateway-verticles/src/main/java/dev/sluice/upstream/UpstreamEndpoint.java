package dev.sluice.upstream;

import dev.sluice.balance.PeakLatency;
import dev.sluice.balance.Target;
import dev.sluice.config.Defaults;
import dev.sluice.config.UpstreamTerms.Policy;
import dev.sluice.loop.Loop;
import org.jspecify.annotations.Nullable;

/** One endpoint on one loop. */
public final class UpstreamEndpoint implements Target {

    private final Upstream upstream;
    private final Loop loop;
    private final Endpoint endpoint;
    private final ConnectionPool pool;
    private final @Nullable ConnectionPool tunnels;
    private final String label;
    private final String name;
    private final PeakLatency latency = new PeakLatency();
    private final EndpointTally tally = new EndpointTally();
    private EndpointView view;
    private int requests;
    private boolean fresh;
    private long freshSinceNanos;

    UpstreamEndpoint(
            Upstream upstream, Loop loop, EndpointView view, ConnectionPool pool, @Nullable ConnectionPool tunnels) {
        this.upstream = upstream;
        this.loop = loop;
        this.view = view;
        this.endpoint = view.endpoint();
        this.tunnels = tunnels;
        this.pool = pool;
        this.label = endpoint.label();
        this.name = endpoint.name() + ' ' + label;
    }

    /** Where it is. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** Its connections on this loop. */
    public ConnectionPool pool() {
        return pool;
    }

    /** Its connections for requests that ask for an upgrade; null when the backend does not speak HTTP/1.1. */
    public @Nullable ConnectionPool tunnels() {
        return tunnels;
    }

    /** Requests under way, those that wait for a connection included. */
    @Override
    public int requests() {
        return requests;
    }

    /** A request was given to it; each is {@link #ended ended} once. */
    public void began() {
        requests++;
    }

    /**
     * A request has its answer's head. Its body may last for as long as it likes, which says nothing of the endpoint.
     *
     * @param outcome what the head says
     * @param nanos from {@link #began} to the head
     */
    public void answered(EndpointOutcome outcome, long nanos) {
        long now = loop.nanoTime();
        if (upstream.terms().balancing().policy() == Policy.PEAK_EWMA) { // nobody else asks for it
            switch (outcome) {
                case SUCCESS, SERVER_ERROR -> latency.observe(nanos, now);
                // Refusing is quick, and shall not look like it.
                case GATEWAY_ERROR -> latency.observe(Math.max(nanos, Defaults.LATENCY_START.toNanos()), now);
                // It would have taken at least that long.
                case UNKNOWN -> latency.waited(nanos, now);
            }
        }
        upstream.answered(outcome, nanos, now);
    }

    /** A request is over that was never {@link #answered}. */
    public void ended(EndpointOutcome outcome, long nanos) {
        answered(outcome, nanos);
        ended(outcome);
    }

    /** A request is over that was {@link #answered} before. */
    public void ended(EndpointOutcome outcome) {
        requests--;
        upstream.tally(this, outcome);
    }

    /** What its requests have met. */
    EndpointTally tally() {
        return tally;
    }

    /** What it is doing now. */
    UpstreamRecord.Use use() {
        int tunnelled = tunnels == null ? 0 : tunnels.connections();
        int opening = tunnels == null ? 0 : tunnels.connecting();
        int inLine = tunnels == null ? 0 : tunnels.pending();
        return new UpstreamRecord.Use(
                endpoint,
                requests,
                pool.connections() + tunnelled,
                pool.idle(),
                pool.connecting() + opening,
                pool.pending() + inLine);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int weight() {
        return view.weight();
    }

    @Override
    public int priority() {
        return view.priority();
    }

    @Override
    public String zone() {
        return view.zone();
    }

    @Override
    public boolean fit() {
        return view.health().fit();
    }

    /** Whether it gets no new requests at all. */
    boolean draining() {
        return view.health().draining();
    }

    @Override
    public PeakLatency latency() {
        return latency;
    }

    @Override
    public boolean fresh() {
        return fresh;
    }

    @Override
    public long freshSinceNanos() {
        return freshSinceNanos;
    }

    /** It begins its slow start. */
    void refresh() {
        fresh = true;
        freshSinceNanos = loop.nanoTime();
    }

    /**
     * Takes over what is published of it.
     *
     * @return whether that changes how much it is given
     */
    boolean update(EndpointView published) {
        EndpointView before = view;
        view = published;
        if (fit() && !before.health().fit()) {
            refresh();
            tally.forgetRuns();
        }
        return fit() != before.health().fit()
                || draining() != before.health().draining()
                || weight() != before.weight()
                || priority() != before.priority()
                || !zone().equals(before.zone());
    }

    void close() {
        pool.close();
        if (tunnels != null) {
            tunnels.close();
        }
    }

    /** {@code ip:port}, for logs. */
    public String label() {
        return label;
    }
}
