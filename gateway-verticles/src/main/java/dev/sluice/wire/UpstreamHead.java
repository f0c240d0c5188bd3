package dev.sluice.wire;

import io.vertx.core.http.HttpVersion;

/**
 * The head of an upstream's response.
 *
 * @param status 200..999, or 101
 * @param version what the upstream speaks
 * @param fields its header fields as they came
 */
public record UpstreamHead(int status, HttpVersion version, FieldLines fields) {}
