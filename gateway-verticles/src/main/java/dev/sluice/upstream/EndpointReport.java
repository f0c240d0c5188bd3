package dev.sluice.upstream;

import dev.sluice.config.ResourceKey;

/**
 * What requests have met at an endpoint on one loop since its last report.
 *
 * @param backend whose endpoint it is
 * @param endpoint its identity
 * @param successes answers below 500
 * @param serverErrors other answers of 500 and above than gateway errors
 * @param gatewayErrors 502, 503, 504, and requests without an answer
 * @param serverErrorRun whether there were as many of both errors in a row as the backend's terms bear
 * @param gatewayErrorRun the same of gateway errors alone
 */
public record EndpointReport(
        ResourceKey backend,
        Endpoint endpoint,
        long successes,
        long serverErrors,
        long gatewayErrors,
        boolean serverErrorRun,
        boolean gatewayErrorRun) {}
