package dev.sluice.config.load;

import static dev.sluice.config.load.ResourceDecoder.duration;
import static dev.sluice.config.load.ResourceDecoder.each;
import static dev.sluice.config.load.ResourceDecoder.required;

import dev.sluice.config.Defaults;
import dev.sluice.config.RateLimitTerms;
import dev.sluice.config.RateLimitTerms.KeySource;
import dev.sluice.config.RateLimitTerms.LimitKey;
import dev.sluice.config.RateLimitTerms.Mode;
import dev.sluice.config.RateLimitTerms.OnClusterLoss;
import dev.sluice.config.RateLimitTerms.Quota;
import java.util.Locale;

/** Decodes the spec of a RateLimit. */
final class RateLimitDecoder {

    private RateLimitDecoder() {}

    static RateLimitTerms terms(Field spec) {
        return new RateLimitTerms(
                each(spec.at("rules").items(), RateLimitDecoder::rule),
                Mode.valueOf(spec.at("mode").text("local").toUpperCase(Locale.ROOT)),
                switch (spec.at("onClusterLoss").text("localShare")) {
                    case "open" -> OnClusterLoss.OPEN;
                    case "closed" -> OnClusterLoss.CLOSED;
                    default -> OnClusterLoss.LOCAL_SHARE;
                },
                spec.at("headers").flag(true));
    }

    private static RateLimitTerms.Rule rule(Field rule) {
        Field limit = rule.at("limit");
        long requests = limit.at("requests").number(1L);
        return new RateLimitTerms.Rule(
                key(rule.at("key")),
                new Quota(
                        requests,
                        duration(limit.at("per"), Defaults.RATE_LIMIT_PER),
                        rule.at("burst").number(requests)));
    }

    private static LimitKey key(Field key) {
        Field header = key.at("header");
        Field claim = key.at("jwtClaim");
        Field apiKey = key.at("apiKey");
        if (header.exists()) {
            return new LimitKey(KeySource.HEADER, required(header).toLowerCase(Locale.ROOT), false);
        } else if (claim.exists()) {
            return new LimitKey(KeySource.JWT_CLAIM, required(claim), false);
        } else if (apiKey.at("header").exists()) {
            return new LimitKey(KeySource.HEADER, required(apiKey.at("header")).toLowerCase(Locale.ROOT), true);
        } else if (apiKey.at("query").exists()) {
            return new LimitKey(KeySource.QUERY, required(apiKey.at("query")), true);
        }
        return new LimitKey(key.at("route").exists() ? KeySource.ROUTE : KeySource.CLIENT_IP, "", false);
    }
}
