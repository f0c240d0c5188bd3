package dev.sluice.filter;

import dev.sluice.config.FilterSpec.RateLimit;
import dev.sluice.config.RateLimitTerms;
import dev.sluice.config.RateLimitTerms.Mode;
import dev.sluice.config.RateLimitTerms.Quota;
import dev.sluice.failure.Failure;
import dev.sluice.filter.RateLimits.Tokens;
import io.vertx.core.MultiMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code kind: RateLimit}: a request takes a token of each of its rules' buckets, or is answered 429. Tells what is left in
 * the fields of draft-ietf-httpapi-ratelimit-headers-10, when it is to.
 */
final class RateLimitFilter implements HttpFilter {

    private static final long MICROS_PER_SECOND = 1_000_000;

    private final Part[] parts;
    private final boolean headers;
    private final String policies;

    /** One rule. */
    private record Part(String name, RateLimits.Rule rule, RateLimitKey key) {}

    RateLimitFilter(RateLimit spec) {
        RateLimitTerms terms = spec.terms();
        boolean clustered = terms.mode() == Mode.CLUSTER;
        List<Part> list = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (RateLimitTerms.Rule rule : terms.rules()) {
            Quota quota = rule.quota();
            String name =
                    terms.rules().size() == 1 ? spec.key().name() : spec.key().name() + "-" + (list.size() + 1);
            String id = spec.key() + "#" + list.size() + "?" + quota + clustered + terms.onClusterLoss();
            list.add(new Part(
                    name,
                    new RateLimits.Rule(id, spec.key().toString(), quota, clustered, terms.onClusterLoss()),
                    new RateLimitKey(rule.key())));
            texts.add('"' + name + "\";q=" + quota.requests() + ";w="
                    + quota.per().toSeconds());
        }
        parts = list.toArray(Part[]::new);
        headers = terms.headers();
        policies = String.join(", ", texts);
    }

    @Override
    public FilterAction onRequest(FilterContext context) {
        LimitedExchange exchange = (LimitedExchange) context;
        if (parts.length == 1 && !headers) {
            Tokens tokens = tokens(exchange, 0);
            return tokens.tryTake() ? FilterAction.CONTINUE : new Admission(exchange, tokens).run();
        }
        return new Admission(exchange, null).run();
    }

    @Override
    public void onResponse(FilterContext exchange) {
        if (headers && exchange.items().get(this) instanceof Admission admission) {
            admission.tell(exchange.responseHeaders());
        }
    }

    @Override
    public void onFailure(FilterContext exchange) {
        if (exchange.items().get(this) instanceof Admission admission) {
            if (headers) {
                admission.tell(exchange.responseHeaders());
            }
            admission.tellWhen(exchange.responseHeaders());
        }
    }

    private Tokens tokens(LimitedExchange exchange, int part) {
        return exchange.rateLimits().tokens(parts[part].rule, parts[part].key.of(exchange));
    }

    /** One request on its way through the rules. */
    private final class Admission implements RateLimits.Taker {

        private final LimitedExchange exchange;
        private final Tokens[] tokens = new Tokens[parts.length];
        private int passed;
        private boolean asking;
        private boolean isAnswered;
        private boolean isRefused;

        /** @param first of the first rule, when they are known already */
        Admission(LimitedExchange exchange, @Nullable Tokens first) {
            this.exchange = exchange;
            if (first != null) {
                tokens[0] = first;
            }
        }

        FilterAction run() {
            if (headers && passed == 0) {
                exchange.items().put(RateLimitFilter.this, this);
            }
            while (passed < parts.length) {
                if (tokens[passed] == null) {
                    tokens[passed] = tokens(exchange, passed);
                }
                if (!tokens[passed].tryTake()) {
                    asking = true;
                    isAnswered = false;
                    tokens[passed].take(this);
                    asking = false;
                    if (!isAnswered) {
                        return FilterAction.PAUSED;
                    } else if (isRefused) {
                        return refuse();
                    }
                }
                passed++;
            }
            return FilterAction.CONTINUE;
        }

        @Override
        public void taken(boolean got) {
            isAnswered = true;
            isRefused = !got;
            if (asking) {
                return; // run() goes on
            } else if (isRefused) {
                var unused = refuse();
                return;
            }
            passed++;
            if (run() == FilterAction.CONTINUE) {
                exchange.resume();
            }
        }

        private FilterAction refuse() {
            for (int i = 0; i < passed; i++) {
                tokens[i].giveBack();
            }
            exchange.rateLimits().limited(parts[passed].rule);
            exchange.items().put(RateLimitFilter.this, this);
            exchange.fail(Failure.RATE_LIMITED, Failure.RATE_LIMITED.text());
            return FilterAction.REPLIED;
        }

        /** Beside those of the upstream, which may have limits of its own. */
        void tell(MultiMap response) {
            response.add("ratelimit-policy", policies);
            StringBuilder left = new StringBuilder(parts.length * 32);
            for (int i = 0; i < parts.length && tokens[i] != null; i++) {
                Quota quota = parts[i].rule.quota();
                long remaining = Math.min(quota.burst(), tokens[i].remaining());
                left.append(i == 0 ? "\"" : ", \"")
                        .append(parts[i].name)
                        .append("\";r=")
                        .append(remaining);
                left.append(";t=").append(seconds(quota.microsFor(quota.burst() - remaining)));
            }
            response.add("ratelimit", left.toString());
        }

        void tellWhen(MultiMap response) {
            if (isRefused) {
                response.set("retry-after", Long.toString(Math.max(1, seconds(tokens[passed].retryMicros()))));
            }
        }

        private long seconds(long micros) {
            return (micros + MICROS_PER_SECOND - 1) / MICROS_PER_SECOND;
        }
    }
}
