package dev.sluice.upstream;

/** What a request says of the endpoint that it was given to. */
public enum EndpointOutcome {
    /** An answer below 500. */
    SUCCESS,
    /** An answer of 500 and above, but for the following. */
    SERVER_ERROR,
    /** 502, 503 or 504, or no whole head of an answer: refused, broken off, too late. */
    GATEWAY_ERROR,
    /** Nothing: the client went away, or the gateway gave up for a reason of its own. */
    UNKNOWN
}
