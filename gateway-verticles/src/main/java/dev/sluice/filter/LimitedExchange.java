package dev.sluice.filter;

import dev.sluice.failure.Failure;

/** What rate limits need to know of an exchange beyond what other filters do; every exchange of the gateway is one. */
public interface LimitedExchange extends FilterContext {

    /** The buckets, as the exchange's event loop sees them. */
    RateLimits rateLimits();

    /**
     * What a client cannot change at will: its IPv4 address, or the first 64 bits of its IPv6 address, such as {@code
     * 20010db800010002/64}; what is no IP as it is.
     */
    String clientNetwork();

    /** {@code namespace/route[rule]} of the rule that matched. */
    String rule();

    /** Answers with a failure, in the client's form. */
    void fail(Failure failure, String detail);
}
